"""Names that more than one layer uses."""

from datetime import timedelta
from logging import Logger, getLogger
from typing import Final

DOMAIN: Final = "miner_control"
# The older integration hass-miner, and all that descend from it.
HASS_MINER_DOMAIN: Final = "miner"
LOGGER: Final[Logger] = getLogger(__package__)

CONF_ADJUSTMENTS: Final = "adjustments"
CONF_CAPABILITIES: Final = "capabilities"
CONF_CREDENTIALS: Final = "credentials"
CONF_ADVANCED: Final = "advanced"
CONF_ENABLED: Final = "enabled"
CONF_ENTITIES: Final = "entities"
CONF_FEATURES: Final = "features"
CONF_MAX_AGE: Final = "max_age"
CONF_MINING_CONTROL_STOP: Final = "mining_control_stop"
CONF_OFFSET: Final = "offset"
CONF_PRIORITIES: Final = "priorities"
CONF_PRIORITY: Final = "priority"
CONF_SCALE: Final = "scale"
CONF_SUBENTRY_ID: Final = "subentry_id"

MIN_SCAN_INTERVAL: Final = timedelta(seconds=5)
MAX_SCAN_INTERVAL: Final = timedelta(hours=1)
DEFAULT_SCAN_INTERVAL: Final = timedelta(seconds=30)
# While a miner starts or stops, its state changes faster than usual.
TRANSITION_SCAN_INTERVAL: Final = timedelta(seconds=5)
