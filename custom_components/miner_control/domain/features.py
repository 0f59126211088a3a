"""What a miner can do, and which controller is bound to do it."""

from dataclasses import dataclass
from enum import StrEnum

from .errors import InvalidPriorityError

MIN_PRIORITY = 1
MAX_PRIORITY = 100
DEFAULT_PRIORITY = 50


class MinerFeatureType(StrEnum):
    """Name one capability of a miner; each has one port in `ports`."""

    HASHRATE_MONITORING = "hashrate_monitoring"
    POWER_MONITORING = "power_monitoring"
    STATUS_MONITORING = "status_monitoring"
    CHIP_TEMPERATURE_MONITORING = "chip_temperature_monitoring"
    BOARD_TEMPERATURE_MONITORING = "board_temperature_monitoring"
    INLET_TEMPERATURE_MONITORING = "inlet_temperature_monitoring"
    OUTLET_TEMPERATURE_MONITORING = "outlet_temperature_monitoring"
    ROOM_TEMPERATURE_MONITORING = "room_temperature_monitoring"
    FAN_SPEED_INTERNAL_MONITORING = "fan_speed_internal_monitoring"
    FAN_SPEED_EXTERNAL_MONITORING = "fan_speed_external_monitoring"
    VOLTAGE_MONITORING = "voltage_monitoring"
    FREQUENCY_MONITORING = "frequency_monitoring"

    MINING_CONTROL = "mining_control"
    POWER_CONTROL = "power_control"
    INTERNAL_FAN_CONTROL = "internal_fan_control"
    EXTERNAL_FAN_CONTROL = "external_fan_control"

    MODEL_DETECTION = "model_detection"

    HASHBOARD_MONITORING = "hashboard_monitoring"
    OPERATIONAL_MONITORING = "operational_monitoring"
    ENERGY_MONITORING = "energy_monitoring"
    POWER_LIMIT_CONTROL = "power_limit_control"
    PRESET_CONTROL = "preset_control"
    RESTART_CONTROL = "restart_control"
    LOCATE_CONTROL = "locate_control"
    MAX_POWER_DETECTION = "max_power_detection"
    MAX_HASHRATE_DETECTION = "max_hashrate_detection"
    TUNING_CONTROL = "tuning_control"
    FIRMWARE_UPDATE = "firmware_update"


class MinerStatus(StrEnum):
    """Name what a miner is doing.

    `OFF` means that it has no power, `IDLE` that it has and does not mine, because it
    was told so or was stopped; `ON` means that it hashes, and `ERROR` that it should
    and does not, or that a fault stops it.
    """

    UNKNOWN = "unknown"
    OFF = "off"
    IDLE = "idle"
    ON = "on"
    STARTING = "starting"
    STOPPING = "stopping"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class MinerFeature:
    """Bind a feature type to the controller that can serve it.

    Raises InvalidPriorityError when the priority is no integer from 1 to 100.
    """

    feature_type: MinerFeatureType
    controller_id: str
    priority: int = DEFAULT_PRIORITY
    enabled: bool = True

    def __post_init__(self) -> None:
        """Reject a priority that is out of range."""
        # A bool is an int to Python, but never meant as a priority.
        if isinstance(self.priority, bool) or not isinstance(self.priority, int):
            raise InvalidPriorityError(self.priority)
        if not MIN_PRIORITY <= self.priority <= MAX_PRIORITY:
            raise InvalidPriorityError(self.priority)
