"""Close the gaps between the test plug-in and newer releases of Home Assistant.

The plug-in, pytest-homeassistant-custom-component, is made for one release of Home
Assistant and follows the next one weeks later. Until then it does not even import.
`pyproject.toml` has pytest import this module before the plug-in (`-p`). Each gap is
named with the release that opened it, and is closed only where that release runs with
a plug-in that was made for an older one. A plug-in that has caught up is left alone:
its gaps can go from here.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.metadata import requires, version
import json
from typing import Any

from packaging.requirements import Requirement

PLUGIN = "pytest-homeassistant-custom-component"

type Release = tuple[int, int]


def release(version_of_home_assistant: str) -> Release:
    """Return the release that a version such as 2026.11.0b3 belongs to."""
    year, month, *_ = version_of_home_assistant.split(".")
    return int(year), int(month)


def release_of_plugin() -> Release:
    """Return the release of Home Assistant that the plug-in was made for."""
    for line in requires(PLUGIN) or []:
        requirement = Requirement(line)
        if requirement.name == "homeassistant":
            (pin,) = requirement.specifier
            return release(pin.version)
    raise LookupError(f"{PLUGIN} does not pin Home Assistant")


def is_open(opened: Release, running: Release, made_for: Release) -> bool:
    """Return whether a gap is to be closed here, by the release that opened it."""
    return made_for < opened <= running


def let_home_assistant_alias_httpx() -> None:
    """Import Home Assistant first: it puts httpx2 where others look for httpx."""
    import_module("homeassistant")


def load_patches_of_plugin() -> None:
    """Patch Home Assistant as the plug-in does before it imports anything else."""
    # The order is the plug-in's own: what is imported too early keeps the real time.
    for name in ("patch_json", "patch_recorder", "patch_time"):
        import_module(f"pytest_homeassistant_custom_component.{name}")


def offer_logger_overwrites() -> None:
    """Offer the helper of the logger, which has moved, where the plug-in takes it."""
    from homeassistant.components import logger  # noqa: PLC0415
    from homeassistant.components.logger import helpers  # noqa: PLC0415

    logger._clear_logger_overwrites = (  # type: ignore[attr-defined, unused-ignore]
        helpers._clear_logger_overwrites  # type: ignore[attr-defined, unused-ignore]
    )


def leave_out_compat_name() -> None:
    """Leave a new internal field of registered entities out of snapshots."""
    from pytest_homeassistant_custom_component.syrupy import (  # noqa: PLC0415
        HomeAssistantSnapshotSerializer as Serializer,
    )

    serialize = Serializer._serializable_entity_registry_entry.__func__

    def without_compat_name(cls: type, data: object) -> Any:
        serialized = serialize(cls, data)
        serialized.pop("compat_name", None)
        return serialized

    Serializer._serializable_entity_registry_entry = classmethod(without_compat_name)


def fill_restore_cache() -> None:
    """Let the plug-in's helpers fill the restore cache as it is built now."""
    from homeassistant.core import HomeAssistant, State  # noqa: PLC0415
    from homeassistant.helpers import restore_state  # noqa: PLC0415
    from homeassistant.helpers.json import JSONEncoder  # noqa: PLC0415
    from homeassistant.util import dt as dt_util  # noqa: PLC0415
    from pytest_homeassistant_custom_component import common  # noqa: PLC0415

    def with_extra_data(
        hass: HomeAssistant, states: Sequence[tuple[State, Mapping[str, Any] | None]]
    ) -> None:
        now = dt_util.utcnow().isoformat()
        stored = [
            {
                "state": json.loads(json.dumps(state.as_dict(), cls=JSONEncoder)),
                "extra_data": extra_data,
                "last_seen": now,
            }
            for state, extra_data in states
        ]
        data = restore_state.async_get(hass)
        data._async_load_stored_states(stored)  # type: ignore[attr-defined, unused-ignore]

    def without_extra_data(hass: HomeAssistant, states: Sequence[State]) -> None:
        with_extra_data(hass, [(state, None) for state in states])

    common.mock_restore_cache_with_extra_data = with_extra_data
    common.mock_restore_cache = without_extra_data


# In the order in which they are closed.
GAPS: tuple[tuple[Release, Callable[[], None]], ...] = (
    ((2026, 11), let_home_assistant_alias_httpx),
    ((2026, 11), load_patches_of_plugin),
    ((2026, 11), offer_logger_overwrites),
    ((2026, 11), leave_out_compat_name),
    ((2026, 11), fill_restore_cache),
)

for _opened, _close in GAPS:
    if is_open(_opened, release(version("homeassistant")), release_of_plugin()):
        _close()
