"""Find the flow that repairs what an issue is about."""

from collections.abc import Mapping

from homeassistant.components.repairs import RepairsFlow
from homeassistant.core import HomeAssistant

from .flows.entities.repair import EntityRemovedFlow
from .flows.network.repair import (
    AnotherDeviceFlow,
    BetterConnectionFlow,
    OtherFirmwareFlow,
    OverheatedFlow,
)
from .flows.repair import GoneFlow, NoProviderEnabledFlow
from .watch.issues import (
    DATA_ENTRY_ID,
    DATA_FEATURES,
    DATA_SUBENTRY_ID,
    ISSUE_ANOTHER_DEVICE,
    ISSUE_BETTER_CONNECTION,
    ISSUE_ENTITY_REMOVED,
    ISSUE_NO_PROVIDER_ENABLED,
    ISSUE_OTHER_FIRMWARE,
    ISSUE_OVERHEATED,
)

type IssueData = Mapping[str, str | int | float | None]


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: IssueData | None
) -> RepairsFlow:
    """Return the flow that repairs what an issue is about."""
    known = data or {}
    entry = hass.config_entries.async_get_entry(str(known.get(DATA_ENTRY_ID)))
    if entry is None:
        return GoneFlow()
    if issue_id.startswith(ISSUE_NO_PROVIDER_ENABLED):
        return NoProviderEnabledFlow(entry, str(known.get(DATA_FEATURES, "")))
    subentry = entry.subentries.get(str(known.get(DATA_SUBENTRY_ID)))
    flows = {
        ISSUE_ANOTHER_DEVICE: AnotherDeviceFlow,
        ISSUE_BETTER_CONNECTION: BetterConnectionFlow,
        ISSUE_ENTITY_REMOVED: EntityRemovedFlow,
        ISSUE_OTHER_FIRMWARE: OtherFirmwareFlow,
        ISSUE_OVERHEATED: OverheatedFlow,
    }
    flow = next((flows[kind] for kind in flows if issue_id.startswith(kind)), None)
    return flow(entry, subentry) if flow and subentry else GoneFlow()
