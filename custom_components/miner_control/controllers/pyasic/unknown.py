"""Models that pyasic has no class for: what their make alone tells.

pyasic gives such a device the general class of its firmware, which has no model, no
algorithm (its rates are in H/s) and reads no boards and no fans. Here the algorithm
is that of the make, and as many parts are read as the device tells of. To add a
firmware: a line in `_ALGORITHMS`.
"""

from collections.abc import Callable
import re
from typing import Any, Final, override

from pyasic.device.algorithm import MinerAlgo
from pyasic.device.algorithm.base import GenericAlgo, MinerAlgoType
from pyasic.device.makes import MinerMake
from pyasic.device.models import MinerModelType
from pyasic.miners.backends import AntminerModern
from pyasic.miners.device.makes import AntMinerMake


class _Blake2b(MinerAlgoType):  # type: ignore[misc] # pyasic has no types
    """Siacoin's, which pyasic does not list; its machines make TH/s."""

    hashrate = MinerAlgo.KADENA.hashrate
    unit = MinerAlgo.KADENA.unit
    name = "Blake2b"


# What is read of a model that is not known, as far as the device tells of it.
MOST_BOARDS: Final = 12
MOST_FANS: Final = 8

# What each general class hashes. Goldshell and Innosilicon build several things.
_ALGORITHMS: Final[dict[str, Any]] = {
    "AntMinerMake": MinerAlgo.SHA256,
    "WhatsMinerMake": MinerAlgo.SHA256,
    "AvalonMinerMake": MinerAlgo.SHA256,
    "AuradineMake": MinerAlgo.SHA256,
    "FluminerMake": MinerAlgo.SHA256,
    "BOSMiner": MinerAlgo.SHA256,
    "BOSer": MinerAlgo.SHA256,
    "VNish": MinerAlgo.SHA256,
    "ePIC": MinerAlgo.SHA256,
    "HiveonModern": MinerAlgo.SHA256,
    "MSKMiner": MinerAlgo.SHA256,
    "LUXMiner": MinerAlgo.SHA256,
    "MaraMiner": MinerAlgo.SHA256,
    "BitAxe": MinerAlgo.SHA256,
    "LuckyMiner": MinerAlgo.SHA256,
    "IceRiverMake": MinerAlgo.KHEAVYHASH,
    "HammerMake": MinerAlgo.SCRYPT,
    "VolcMinerMake": MinerAlgo.SCRYPT,
    "ElphapexMake": MinerAlgo.SCRYPT,
}
# Bitmain's names begin with letters that stand for the algorithm.
_OF_ANTMINERS: Final = (
    ("L", MinerAlgo.SCRYPT),
    ("KS", MinerAlgo.KHEAVYHASH),
    ("KA", MinerAlgo.KADENA),
    ("K", MinerAlgo.EAGLESONG),
    ("HS", MinerAlgo.HANDSHAKE),
    ("E", MinerAlgo.ETHASH),
    ("DR", MinerAlgo.BLAKE256),
    ("D", MinerAlgo.X11),
    ("Z", MinerAlgo.EQUIHASH),
    ("AL", MinerAlgo.BLOCKFLOW),
)
# Goldshell's names begin with letters that stand for the coin.
_OF_GOLDSHELLS: Final = (
    ("LT", MinerAlgo.SCRYPT),
    ("DG", MinerAlgo.SCRYPT),
    ("MINIDOGE", MinerAlgo.SCRYPT),
    ("KA", MinerAlgo.KHEAVYHASH),
    ("KD", MinerAlgo.KADENA),
    ("CK", MinerAlgo.EAGLESONG),
    ("AL", MinerAlgo.BLOCKFLOW),
    ("AE", MinerAlgo.ZKSNARK),
    ("HS", MinerAlgo.HANDSHAKE),
    ("SC", _Blake2b),
)
_GOLDSHELL = re.compile(r"goldshell ", re.IGNORECASE)
_SERIES = re.compile(r"^E[- ]")
# Firmware of others that runs on Bitmain's machines alone, and does not say so.
_ON_ANTMINERS: Final = frozenset({"MSKMiner", "VNish", "HiveonModern", "LUXMiner"})
_ANTMINER = re.compile(r"(?:bitmain )?antminer ", re.IGNORECASE)
# MicroBT's names end with the version of the chips, which is set apart.
_BATCH = re.compile(r"(?<=[\w+])_?(V[A-Z]?\d+)$")


class _OtherModel(MinerModelType):  # type: ignore[misc] # pyasic has no types
    """The name of a model that pyasic does not list."""

    @override
    def __str__(self) -> str:
        """Return the name as the device tells it."""
        return str(self.value)


class AntminerUnknown(AntminerModern, AntMinerMake):  # type: ignore[misc] # no types
    """An Antminer that pyasic does not list, with the web interface of those it does.

    pyasic's own class of that name knows the RPC port alone: no address, no mode.
    """


# What stands in for classes of pyasic, by their names.
INSTEAD: Final[dict[str, Any]] = {"AntminerUnknown": AntminerUnknown}


def is_unknown(miner: Any) -> bool:
    """Tell whether a miner's class is the general one of its firmware."""
    return getattr(type(miner), "expected_hashboards", 0) is None


def complete(miner: Any, model: str | None) -> None:
    """Give a miner of a general class the algorithm of its make, and its model.

    `model` is what the device calls itself. Nothing is done to a known model.
    """
    if not is_unknown(miner):
        return
    name = _GOLDSHELL.sub("", _ANTMINER.sub("", model or "")).strip()
    if miner.make is MinerMake.WHATSMINER:
        name = _BATCH.sub(r" \1", name)
    if name:
        miner.raw_model = _OtherModel("Other", {"MODEL": name}).MODEL
    lineage = [cls.__name__ for cls in type(miner).__mro__]
    on_antminers = _ANTMINER.match(model or "") or not _ON_ANTMINERS.isdisjoint(lineage)
    if miner.make is None and name and on_antminers:
        miner.make = MinerMake.ANTMINER
    miner.algo = _algorithm_of(miner, name, lineage)
    miner.expected_hashboards = MOST_BOARDS
    miner.expected_fans = MOST_FANS


def without_absent(data: Any) -> Any:
    """Return what was read of an unknown model, less parts that it does not have."""
    data.hashboards = _up_to_last(data.hashboards, lambda board: not board.missing)
    data.fans = _up_to_last(data.fans, lambda fan: fan.speed is not None)
    return data


def _up_to_last(parts: list[Any], is_there: Callable[[Any], bool]) -> list[Any]:
    """Return parts up to the last one that is there."""
    last = max((n for n, part in enumerate(parts, 1) if is_there(part)), default=0)
    return parts[:last]


def _algorithm_of(miner: Any, name: str, lineage: list[str]) -> Any:
    """Return what a make builds for, or an Antminer is named after."""
    known = [_ALGORITHMS[cls] for cls in lineage if cls in _ALGORITHMS]
    if miner.make is MinerMake.ANTMINER:
        known[:0] = [found for sign, found in _OF_ANTMINERS if name.startswith(sign)]
    if miner.make is MinerMake.GOLDSHELL:
        stem = _SERIES.sub("", name.upper(), count=1)
        known += [found for sign, found in _OF_GOLDSHELLS if stem.startswith(sign)]
    return known[0] if known else GenericAlgo
