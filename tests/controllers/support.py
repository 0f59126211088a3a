"""What tests of controllers share."""

from types import SimpleNamespace
from typing import Any, cast

from homeassistant.core import HomeAssistant

from custom_components.miner_control.controllers import controller_type, identify
from custom_components.miner_control.controllers.base import Capabilities, Controller
from custom_components.miner_control.controllers.network.address import NetworkAddress

# For controllers that need nothing of Home Assistant: their libraries are there.
NO_HASS = cast(
    "HomeAssistant", SimpleNamespace(config=SimpleNamespace(skip_pip=True), data={})
)


def type_of(subentry_type: str, **data: Any) -> type[Controller]:
    """Return the class of the controller that a subentry describes."""
    if subentry_type == "network":
        data.setdefault("protocol", "pyasic")
    found = controller_type(subentry_type, data)
    assert found is not None
    return found


async def capabilities_at(host: str, **login: Any) -> Capabilities:
    """Return what the device at an address is and can do, as pyasic finds out."""
    address = NetworkAddress(host=host, **login)
    return (await identify(NO_HASS, address, "pyasic")).capabilities
