"""Bindings as config subentries store them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from datetime import timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import CONF_SCAN_INTERVAL
from homeassistant.core import HomeAssistant, callback

from ..const import (
    CONF_CAPABILITIES,
    CONF_ENABLED,
    CONF_FEATURES,
    CONF_PRIORITY,
    DEFAULT_SCAN_INTERVAL,
)
from ..controllers import controller_type
from ..controllers.base import Capabilities, Controller, ControllerConfig
from ..domain.errors import InvalidPriorityError
from ..domain.features import MinerFeature, MinerFeatureType
from ..domain.miner import Miner

type Report = Callable[[str], None]


def _say_nothing(_message: str) -> None:
    """Report nothing: whoever loads a miner to work with it says what is wrong."""


def default_bindings(
    controller_type: type[Controller], capabilities: Capabilities
) -> dict[str, dict[str, Any]]:
    """Return the bindings that a newly linked controller gets, as stored."""
    return {
        feature_type.value: {
            CONF_PRIORITY: controller_type.priority_of(feature_type, capabilities),
            CONF_ENABLED: True,
        }
        for feature_type in MinerFeatureType
        if feature_type in capabilities.features
    }


def controller_subentries(entry: ConfigEntry) -> list[ConfigSubentry]:
    """Return the subentries that are controllers which this version knows."""
    return [s for s in entry.subentries.values() if _type_of(s) is not None]


def type_of(subentry: ConfigSubentry) -> type[Controller]:
    """Return the class of a controller; raise LookupError for an unknown one."""
    if (found := _type_of(subentry)) is None:
        raise LookupError(f"{subentry.title} is no controller that is known")
    return found


def _type_of(subentry: ConfigSubentry) -> type[Controller] | None:
    """Return the class of a controller, None for one that is not known."""
    return controller_type(subentry.subentry_type, subentry.data)


def stored_capabilities(subentry: ConfigSubentry) -> Capabilities:
    """Return what linking found that a controller can do."""
    return Capabilities.from_dict(subentry.data.get(CONF_CAPABILITIES, {}))


def controller_config(
    subentry: ConfigSubentry, memory: MutableMapping[str, Any], standby_watts: float
) -> ControllerConfig:
    """Return what a controller is made from."""
    seconds = subentry.data.get(CONF_SCAN_INTERVAL)
    return ControllerConfig(
        controller_id=subentry.subentry_id,
        title=subentry.title,
        data=subentry.data,
        capabilities=stored_capabilities(subentry),
        scan_interval=timedelta(seconds=seconds) if seconds else DEFAULT_SCAN_INTERVAL,
        memory=memory,
        standby_watts=standby_watts,
    )


def load_miner(entry: ConfigEntry, report: Report = _say_nothing) -> Miner:
    """Return the miner that a config entry describes, in linking order.

    What is stored but makes no sense is left out, and reported.
    """
    return Miner(
        feature
        for subentry in controller_subentries(entry)
        for feature in _load_features(subentry, report)
    )


def _load_features(
    subentry: ConfigSubentry, report: Report = _say_nothing
) -> Iterator[MinerFeature]:
    """Yield the bindings of a controller; drop and report what makes no sense."""
    supported = type_of(subentry).supported_features()
    for name, binding in subentry.data.get(CONF_FEATURES, {}).items():
        dropped = f"Dropped the feature {name} of {subentry.title}: "
        if name not in supported:
            report(f"{dropped}this version does not know it for this controller")
        elif not isinstance(binding, Mapping):
            report(f"{dropped}{binding!r} is not a binding")
        else:
            try:
                yield _load_feature(MinerFeatureType(name), subentry, binding)
            except InvalidPriorityError as err:
                report(f"{dropped}{err}")


def _load_feature(
    feature_type: MinerFeatureType,
    subentry: ConfigSubentry,
    binding: Mapping[str, Any],
) -> MinerFeature:
    """Return one stored binding; raise InvalidPriorityError if it is broken."""
    if CONF_PRIORITY in binding:
        priority = binding[CONF_PRIORITY]
    else:
        known = stored_capabilities(subentry)
        priority = type_of(subentry).priority_of(feature_type, known)
    return MinerFeature(
        feature_type,
        subentry.subentry_id,
        priority=priority,
        enabled=binding.get(CONF_ENABLED, True),
    )


def stored_bindings(subentry: ConfigSubentry) -> dict[str, dict[str, Any]]:
    """Return the bindings of a controller as stored, less what makes no sense."""
    return _as_stored(_load_features(subentry))


@callback
def store_miner(hass: HomeAssistant, entry: ConfigEntry, miner: Miner) -> None:
    """Write the bindings of a miner back into its config entry, where they changed.

    What is stored but makes no sense to this version stays as it is.
    """
    before = load_miner(entry)
    for subentry in controller_subentries(entry):
        was, now = (
            each.features_by_controller(subentry.subentry_id)
            for each in (before, miner)
        )
        if was == now:
            continue
        stored = subentry.data.get(CONF_FEATURES, {})
        unbound = {f.feature_type.value for f in was} - {f.feature_type for f in now}
        features = {k: v for k, v in stored.items() if k not in unbound}
        for name, binding in _as_stored(now).items():
            features[name] = {**stored.get(name, {}), **binding}
        hass.config_entries.async_update_subentry(
            entry, subentry, data={**subentry.data, CONF_FEATURES: features}
        )


def _as_stored(features: Iterable[MinerFeature]) -> dict[str, dict[str, Any]]:
    """Return bindings of one controller as its subentry stores them."""
    return {
        feature.feature_type.value: {
            CONF_PRIORITY: feature.priority,
            CONF_ENABLED: feature.enabled,
        }
        for feature in features
    }


def with_grown(subentry: ConfigSubentry, grown: Capabilities) -> dict[str, Any]:
    """Return the data of a subentry whose device was seen to do more than before.

    Bindings stay as the user set them; what is new gets the usual ones.
    """
    usual = default_bindings(type_of(subentry), grown)
    return {
        **subentry.data,
        CONF_CAPABILITIES: grown.as_dict(),
        CONF_FEATURES: {**usual, **subentry.data.get(CONF_FEATURES, {})},
    }
