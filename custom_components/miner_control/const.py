"""Names that more than one layer uses."""

from datetime import timedelta
from logging import Logger, getLogger
from typing import Final

DOMAIN: Final = "miner_control"
# The older integration hass-miner, and all that descend from it.
HASS_MINER_DOMAIN: Final = "miner"
LOGGER: Final[Logger] = getLogger(__package__)

# What a config entry is: a miner, or a fleet of them.
CONF_KIND: Final = "kind"
KIND_FLEET: Final = "fleet"
KIND_MINER: Final = "miner"

CONF_ADJUSTMENTS: Final = "adjustments"
CONF_ALLOW_OVERCLOCKING: Final = "allow_overclocking"
CONF_CAPABILITIES: Final = "capabilities"
CONF_CHECK_UPDATES: Final = "check_updates"
CONF_CONTROLS: Final = "controls"
CONF_CREDENTIALS: Final = "credentials"
CONF_DETAILS: Final = "details"
CONF_ADVANCED: Final = "advanced"
CONF_DEVICE_OPTIONS: Final = "device_options"
CONF_ENABLED: Final = "enabled"
CONF_ENTITIES: Final = "entities"
CONF_FEATURE_TYPE: Final = "feature_type"
CONF_FEATURES: Final = "features"
CONF_MAX_AGE: Final = "max_age"
CONF_MINING_CONTROL_STOP: Final = "mining_control_stop"
CONF_OFFSET: Final = "offset"
CONF_PLUG: Final = "plug"
CONF_PRIORITIES: Final = "priorities"
CONF_PRIORITY: Final = "priority"
CONF_PROTOCOL: Final = "protocol"
CONF_OTP_SECRET: Final = "otp_secret"  # noqa: S105 - the name of a field
CONF_PUSH: Final = "push"
CONF_READINGS: Final = "readings"
CONF_SCALE: Final = "scale"
CONF_STANDBY: Final = "standby"
CONF_SUBENTRY_ID: Final = "subentry_id"

# Version 1 had a type of subentries of its own for what pyasic reaches.
ENTRY_VERSION: Final = 2

# What the form offers beside the protocols: the best one that the device speaks.
PROTOCOL_AUTO: Final = "auto"

MIN_SCAN_INTERVAL: Final = timedelta(seconds=5)
MAX_SCAN_INTERVAL: Final = timedelta(hours=1)
DEFAULT_SCAN_INTERVAL: Final = timedelta(seconds=30)
# While a miner starts or stops, its state changes faster than usual.
TRANSITION_SCAN_INTERVAL: Final = timedelta(seconds=5)
