"""Bindings as config subentries store them."""

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from datetime import timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import CONF_SCAN_INTERVAL

from .const import (
    CONF_CAPABILITIES,
    CONF_ENABLED,
    CONF_FEATURES,
    CONF_PRIORITY,
    DEFAULT_SCAN_INTERVAL,
    LOGGER,
)
from .controllers import CONTROLLER_TYPES
from .controllers.base import Capabilities, Controller, ControllerConfig
from .domain.errors import InvalidPriorityError
from .domain.features import MinerFeature, MinerFeatureType
from .domain.miner import Miner

type Report = Callable[[str], None]


def default_bindings(
    controller_type: type[Controller], capabilities: Capabilities
) -> dict[str, dict[str, Any]]:
    """Return the bindings that a newly linked controller gets, as stored."""
    return {
        feature_type.value: {
            CONF_PRIORITY: controller_type.priority_of(feature_type),
            CONF_ENABLED: True,
        }
        for feature_type in MinerFeatureType
        if feature_type in capabilities.features
    }


def controller_subentries(entry: ConfigEntry) -> list[ConfigSubentry]:
    """Return the subentries that are controllers which this version knows."""
    return [
        subentry
        for subentry in entry.subentries.values()
        if subentry.subentry_type in CONTROLLER_TYPES
    ]


def stored_capabilities(subentry: ConfigSubentry) -> Capabilities:
    """Return what linking found that a controller can do."""
    return Capabilities.from_dict(subentry.data.get(CONF_CAPABILITIES, {}))


def controller_config(
    subentry: ConfigSubentry, memory: MutableMapping[str, Any]
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
    )


def load_miner(entry: ConfigEntry, report: Report = LOGGER.debug) -> Miner:
    """Return the miner that a config entry describes, in linking order.

    What is stored but makes no sense is left out, and reported.
    """
    return Miner(
        feature
        for subentry in controller_subentries(entry)
        for feature in _load_features(subentry, report)
    )


def _load_features(
    subentry: ConfigSubentry, report: Report = LOGGER.debug
) -> Iterator[MinerFeature]:
    """Yield the bindings of a controller; drop and report what makes no sense."""
    supported = CONTROLLER_TYPES[subentry.subentry_type].supported_features()
    for name, binding in subentry.data.get(CONF_FEATURES, {}).items():
        dropped = f"Dropped the feature {name} of {subentry.title}: "
        if name not in supported:
            report(f"{dropped}this version cannot serve it so")
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
    default = CONTROLLER_TYPES[subentry.subentry_type].priority_of(feature_type)
    return MinerFeature(
        feature_type,
        subentry.subentry_id,
        priority=binding.get(CONF_PRIORITY, default),
        enabled=binding.get(CONF_ENABLED, True),
    )


def stored_bindings(subentry: ConfigSubentry) -> dict[str, dict[str, Any]]:
    """Return the bindings of a controller as stored, less what makes no sense."""
    return {
        feature.feature_type.value: {
            CONF_PRIORITY: feature.priority,
            CONF_ENABLED: feature.enabled,
        }
        for feature in _load_features(subentry)
    }


def with_binding(
    subentry: ConfigSubentry,
    feature_type: MinerFeatureType,
    changes: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the data of a subentry with one binding changed."""
    features = subentry.data[CONF_FEATURES]
    changed = {**features[feature_type], **changes}
    return {**subentry.data, CONF_FEATURES: {**features, feature_type.value: changed}}
