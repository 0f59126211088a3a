"""The module of the cards, as a resource of Home Assistant's dashboards.

It is served by Home Assistant itself and listed among the resources while there is a
miner. Its address carries a version, so that browsers keep it until it changes.
"""

from asyncio import Lock
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from homeassistant.components.http import StaticPathConfig
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.issue_registry import IssueSeverity
from homeassistant.helpers.start import async_at_started
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN, LOGGER

ISSUE_RESOURCE_IN_YAML: Final = "resource_in_yaml"

_FOLDER: Final = Path(__file__).parent / "static"
_MODULE: Final = "miner-control.js"
_SERVED_AT: Final = f"/{DOMAIN}"
URL: Final = f"{_SERVED_AT}/{_MODULE}"
_LOVELACE: Final = "lovelace"

_RESOURCE: HassKey[Resource] = HassKey(f"{DOMAIN}_resource")


@dataclass
class Resource:
    """The module as it is served, and whether it is wanted."""

    url: str
    is_wanted: bool = False
    # What is looked up must still be so when it is changed.
    lock: Lock = field(default_factory=Lock)


async def async_serve(hass: HomeAssistant) -> None:
    """Have Home Assistant serve the module and its texts, if it serves anything."""
    if "http" not in hass.config.components:
        return
    version = await hass.async_add_executor_job(_version)
    try:
        await hass.http.async_register_static_paths(
            [StaticPathConfig(_SERVED_AT, str(_FOLDER), cache_headers=True)]
        )
    except RuntimeError as err:
        # The server takes no more paths. Miners do without their cards then.
        LOGGER.warning("The cards for dashboards cannot be served: %s", err)
        return
    hass.data[_RESOURCE] = Resource(f"{URL}?v={version}")


@callback
def async_list(hass: HomeAssistant) -> None:
    """List the module among the resources, once Home Assistant has started.

    To stop Home Assistant while it starts could lose a resource.
    """
    resource = hass.data.get(_RESOURCE)
    if resource is None or resource.is_wanted:
        return
    resource.is_wanted = True
    async_at_started(hass, _list)


async def async_remove(hass: HomeAssistant) -> None:
    """Take the module off the resources: the last miner is gone."""
    resource = hass.data.get(_RESOURCE)
    if resource is None:
        return
    resource.is_wanted = False
    async with resource.lock:
        await _settle(hass, resource)


async def _list(hass: HomeAssistant) -> None:
    """List the module, if it is still wanted."""
    resource = hass.data[_RESOURCE]
    async with resource.lock:
        await _settle(hass, resource)


async def _settle(hass: HomeAssistant, resource: Resource) -> None:
    """List the module once and in its present version if it is wanted, else not."""
    if (resources := _resources(hass)) is None:
        return
    listed = await _ours(resources)
    in_yaml = not hasattr(resources, "async_create_item")
    if not (in_yaml and resource.is_wanted and not listed):
        ir.async_delete_issue(hass, DOMAIN, ISSUE_RESOURCE_IN_YAML)
    if in_yaml:
        if resource.is_wanted and not listed:
            _tell_what_to_add(hass)
        return
    for surplus in listed[1:] if resource.is_wanted else listed:
        await resources.async_delete_item(surplus["id"])
    if resource.is_wanted and not listed:
        data = {"res_type": "module", "url": resource.url}
        await resources.async_create_item(data)
    elif resource.is_wanted and listed[0]["url"] != resource.url:
        await resources.async_update_item(listed[0]["id"], {"url": resource.url})


def _tell_what_to_add(hass: HomeAssistant) -> None:
    """Ask for the two lines that the user has to write."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        ISSUE_RESOURCE_IN_YAML,
        is_fixable=False,
        severity=IssueSeverity.WARNING,
        translation_key=ISSUE_RESOURCE_IN_YAML,
        translation_placeholders={"url": URL},
    )


async def _ours(resources: Any) -> list[dict[str, Any]]:
    """Return the resources that are this module, in any version."""
    # Nothing is listed before it has been loaded, which this does.
    await resources.async_get_info()
    return [
        listed
        for listed in resources.async_items()
        if listed["url"].partition("?")[0] == URL
    ]


def _resources(hass: HomeAssistant) -> Any:
    """Return the resources of the dashboards, None where there are no dashboards.

    They are another object after a reload of those that are kept in YAML.
    """
    return getattr(hass.data.get(_LOVELACE), "resources", None)


def _version() -> str:
    """Return what changes whenever the module or one of its texts does."""
    content = sha256()
    for path in sorted(_FOLDER.rglob("*.js*")):
        content.update(path.read_bytes())
    return content.hexdigest()[:12]
