"""What a network device answers that tells all that any device tells."""

from datetime import timedelta
from typing import Any

from custom_components.miner_control.domain.snapshot import Snapshot
from custom_components.miner_control.domain.values import (
    Frequency,
    Hashboard,
    HashRate,
    OperationalData,
    Power,
    Temperature,
    Voltage,
)

from .controllers import HASHING

BOARD = Hashboard(
    chip_temperature=Temperature(70.0),
    board_temperature=Temperature(60.0),
    voltage=Voltage(13.8),
    frequency=Frequency(525.0),
    hashrate=HashRate(33.0),
    nominal_hashrate=HashRate(36.0),
    chips=114,
)
OPERATION = OperationalData(
    uptime=timedelta(hours=3),
    shares_accepted=1200,
    shares_rejected=3,
    blocks_found=0,
    best_difficulty=987654.0,
    active_pool="stratum+tcp://pool.example:3333",
    errors=("fan 1 is slow", "board 2 is hot"),
)


def hashing(**beyond: Any) -> Snapshot:
    """Return all that a device tells while it hashes, some of it changed."""
    told: dict[str, Any] = {
        field: getattr(HASHING, field) for field in Snapshot.__slots__
    } | {
        "hashboards": (BOARD,) * 3,
        "operation": OPERATION,
        "max_power": Power(3400.0),
        "max_hashrate": HashRate(115.0),
    }
    return Snapshot(**told | beyond)
