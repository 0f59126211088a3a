"""The forms that rank who serves a feature, and what they tell of each."""

from collections.abc import Iterable, Sequence

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import BooleanSelector, SelectOptionDict
import voluptuous as vol

from ..const import CONF_ENABLED, CONF_PRIORITY
from ..domain.features import MinerFeature, MinerFeatureType
from ..domain.miner import Miner
from ..names import feature_name
from ..reports import health_text
from ..runtime import MinerControlConfigEntry
from .schemas import PRIORITY_SELECTOR

# How many providers a form has room for: its texts are written for so many.
SLOTS = 4
# Whether to rank another feature afterwards, in the same dialog.
CONF_ANOTHER = "another"


def feature_options(
    hass: HomeAssistant,
    entry: MinerControlConfigEntry,
    miner: Miner,
    features: Iterable[MinerFeatureType],
) -> list[SelectOptionDict]:
    """Return a choice of features, each with its providers, the best one first."""
    return [
        SelectOptionDict(
            value=feature_type.value,
            label=f"{feature_name(hass, feature_type)}: "
            + " > ".join(
                _ranked(entry, f) for f in miner.features_by_type(feature_type)
            ),
        )
        for feature_type in features
    ]


def providers_schema(
    features: Sequence[MinerFeature], *, may_go_on: bool
) -> vol.Schema:
    """Return the form that ranks the providers of a feature.

    Where there are other features to rank, it asks whether to go on with one.
    """
    going_on = {vol.Optional(CONF_ANOTHER): BooleanSelector()} if may_go_on else {}
    return vol.Schema(
        {
            vol.Optional(f"provider_{slot}", default={}): section(
                vol.Schema(
                    {
                        vol.Optional(
                            CONF_ENABLED, default=feature.enabled
                        ): BooleanSelector(),
                        vol.Optional(
                            CONF_PRIORITY, default=feature.priority
                        ): PRIORITY_SELECTOR,
                    }
                ),
                {"collapsed": False},
            )
            for slot, feature in enumerate(features, 1)
        }
        | going_on
    )


def provider_texts(
    entry: MinerControlConfigEntry, features: Sequence[MinerFeature]
) -> dict[str, str]:
    """Return what the form tells of each provider; slots without one stay empty."""
    return {
        **_slots("provider", [_title(entry, feature) for feature in features]),
        **_slots("state", [_state(entry, feature) for feature in features]),
    }


def _slots(name: str, texts: Sequence[str]) -> dict[str, str]:
    """Return a text for each slot of a form."""
    filled = dict(enumerate(texts, 1))
    return {f"{name}_{slot}": filled.get(slot, "-") for slot in range(1, SLOTS + 1)}


def _ranking(entry: MinerControlConfigEntry, features: Iterable[MinerFeature]) -> str:
    """Return providers in one line, the best one first."""
    return " > ".join(_ranked(entry, feature) for feature in features)


def _ranked(entry: MinerControlConfigEntry, feature: MinerFeature) -> str:
    """Return a provider with its priority, in brackets if it is not used."""
    text = f"{_title(entry, feature)} {feature.priority}"
    return text if feature.enabled else f"({text})"


def _title(entry: MinerControlConfigEntry, feature: MinerFeature) -> str:
    """Return the name of a provider."""
    return entry.subentries[feature.controller_id].title


def _state(entry: MinerControlConfigEntry, feature: MinerFeature) -> str:
    """Return how a provider is, where the miner is set up."""
    if entry.state is not ConfigEntryState.LOADED:
        return "-"
    return health_text(entry.runtime_data.coordinator, feature)
