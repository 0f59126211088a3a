"""Where firmware differs, as asic-rs reads and commands it.

What it does was measured with pyasic-rs 0.8.6 against emulated devices, and read in
its sources. To add one: a row in `_KNOWN`; what has none is read as it comes, and
commanded as `supports_...` says.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from ...domain.features import MinerFeatureType, MinerStatus
from ...domain.snapshot import Features
from .library import Field, Told

F = MinerFeatureType

type Word = Callable[[Told], MinerStatus | None]

ANTMINER: Final = "AntMiner Stock"
AVALON: Final = "AvalonMiner Stock"
BITAXE: Final = "Bitaxe Stock"
BRAIINS: Final = "Braiins"
ELPHAPEX: Final = "Elphapex Stock"
LUXOS: Final = "LuxOS"
VNISH: Final = "VNish"
WHATSMINER: Final = "WhatsMiner Stock"

SLEEP: Final = "sleep"

# What the library calls what a device does. It hashes while it is tuned.
_STATES: Final[Mapping[str, MinerStatus]] = {
    "Mining": MinerStatus.ON,
    "DegradedMining": MinerStatus.ON,
    "Stable": MinerStatus.ON,
    "Tuning": MinerStatus.ON,
    "AdjustingFrequency": MinerStatus.ON,
    "AdjustingVoltage": MinerStatus.ON,
    "AdjustingClockVoltage": MinerStatus.ON,
    "Initializing": MinerStatus.STARTING,
    "Starting": MinerStatus.STARTING,
    "Restarting": MinerStatus.STARTING,
    "Stopping": MinerStatus.STOPPING,
    "Paused": MinerStatus.IDLE,
    "Stopped": MinerStatus.IDLE,
    "Idling": MinerStatus.IDLE,
    # Mining that something else than a person stopped.
    "CoolingDown": MinerStatus.ERROR,
    "Error": MinerStatus.ERROR,
    "Restricted": MinerStatus.ERROR,
    "Suspended": MinerStatus.ERROR,
    "Unknown": MinerStatus.UNKNOWN,
}


def no_word(_told: Told) -> MinerStatus | None:
    """Say nothing: the library takes it that the device mines, whatever it does."""
    return None


def word_of_state(told: Told) -> MinerStatus | None:
    """Return what the device says that it does, UNKNOWN where it did not this time."""
    if told.state is None:
        return MinerStatus.UNKNOWN
    return _STATES.get(told.state, MinerStatus.UNKNOWN)


def word_of_rest(told: Told) -> MinerStatus | None:
    """Return that a device rests; that it mines is only what the library presumes."""
    return MinerStatus.IDLE if told.is_mining is False else None


def word_of_mode(told: Told) -> MinerStatus | None:
    """Return what the work mode says: asleep, or one of those that hash."""
    if told.is_mining is False:
        return MinerStatus.IDLE
    return MinerStatus.UNKNOWN if told.preset is None else MinerStatus.ON


def word_where_told(told: Told) -> MinerStatus | None:
    """Return what the device says, None from one that says no state at all."""
    return None if told.state is None else word_of_state(told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Firmware:
    """What the library reads and does rightly with one firmware.

    `word_needs` is what its word rests on. `unread` is what the library has wrong,
    or what no device has; `slow` is asked every ten minutes, since it costs questions
    of its own; `along` costs none. `controls` are those whose effect can be read back.
    Where results lie, what a command returns is not looked at.
    """

    username: str = ""
    word: Word = word_where_told
    word_needs: frozenset[Field] = frozenset({Field.STATE})
    unread: frozenset[Field] = frozenset()
    slow: frozenset[Field] = frozenset({Field.MESSAGES, Field.POOLS, Field.LIGHT})
    along: frozenset[Field] = frozenset()
    controls: Features = frozenset({F.MINING_CONTROL, F.RESTART_CONTROL})
    results_lie: bool = False
    # Whether a restart leaves the device up.
    restarts_mining_only: bool = False
    # Whether boards have the voltage that the device is supplied with, and each pool
    # the shares of all.
    tells_supply: bool = False
    pools_are_alike: bool = False
    # Whether what the library takes for the heat of chips and boards is measured
    # there, and what it takes for a clock is one.
    chips_have_sensors: bool = True
    boards_have_sensors: bool = True
    tells_clock: bool = True
    # Whether the library takes a mean since the start for the hash rate of the whole,
    # or for that of each board.
    tells_mean: bool = False
    boards_tell_mean: bool = False
    # Whether scrypt and Equihash are told in units that are called giga, and are not.
    giga_is_none: bool = False
    # Models by the library's names that take no stop, though the library gives it.
    always_mining: frozenset[str] = frozenset()
    # Whether a command that was not taken may mean a login that was refused.
    has_login: bool = False
    # The number of the first fan.
    first_fan: int = 0
    # Modes that can be set and read back, and the one that a limit stands for.
    modes: tuple[str, ...] = ()
    mode_with_limit: str | None = None
    # Whether its presets are named by their watts.
    presets_are_watts: bool = False
    # Whether a command writes the pools again that were read before.
    rewrites_pools: bool = False

    @property
    def sleeps(self) -> bool:
        """Tell whether to rest is one of the modes."""
        return SLEEP in self.modes


# Named: the library sends the watts of an Avalon in a form that it refuses, and takes
# the watts behind its supply, or the volts, for those at the socket.
_KNOWN: Final[Mapping[str, Firmware]] = {
    ANTMINER: Firmware(
        username="root",
        word=word_of_mode,
        word_needs=frozenset({Field.IS_MINING, Field.TARGET}),
        controls=frozenset(
            {
                F.MINING_CONTROL,
                F.INTERNAL_FAN_CONTROL,
                F.PRESET_CONTROL,
                F.RESTART_CONTROL,
                F.LOCATE_CONTROL,
            }
        ),
        modes=("normal", "low", SLEEP),
        rewrites_pools=True,
        giga_is_none=True,
    ),
    AVALON: Firmware(
        word=no_word,
        word_needs=frozenset(),
        unread=frozenset({Field.WATTS, Field.TARGET, Field.MESSAGES}),
        chips_have_sensors=False,
        boards_tell_mean=True,
        always_mining=frozenset({"AvalonNano3s"}),
        controls=frozenset({F.MINING_CONTROL, F.RESTART_CONTROL, F.LOCATE_CONTROL}),
        slow=frozenset({Field.POOLS}),
        results_lie=True,
        restarts_mining_only=True,
        first_fan=1,
    ),
    BITAXE: Firmware(
        along=frozenset({Field.MAC, Field.POOLS, Field.BEST, Field.SESSION_BEST}),
        unread=frozenset({Field.MESSAGES, Field.LIGHT}),
        slow=frozenset(),
        pools_are_alike=True,
        controls=frozenset({F.MINING_CONTROL}),
        results_lie=True,
        tells_supply=True,
    ),
    BRAIINS: Firmware(
        username="root",
        word=word_of_state,
        slow=frozenset(
            {Field.MESSAGES, Field.POOLS, Field.LIGHT, Field.TARGET, Field.RANGE}
        ),
        controls=frozenset(
            {
                F.MINING_CONTROL,
                F.POWER_LIMIT_CONTROL,
                F.RESTART_CONTROL,
                F.LOCATE_CONTROL,
            }
        ),
    ),
    ELPHAPEX: Firmware(
        username="root",
        word=no_word,
        word_needs=frozenset(),
        controls=frozenset({F.RESTART_CONTROL, F.LOCATE_CONTROL}),
        chips_have_sensors=False,
        boards_have_sensors=False,
        tells_clock=False,
        tells_mean=True,
        boards_tell_mean=True,
    ),
    LUXOS: Firmware(
        chips_have_sensors=False,
        boards_tell_mean=True,
        word=no_word,
        word_needs=frozenset(),
        controls=frozenset({F.MINING_CONTROL, F.RESTART_CONTROL, F.LOCATE_CONTROL}),
    ),
    VNISH: Firmware(
        word=word_of_state,
        along=frozenset({Field.MAC, Field.POOLS, Field.MESSAGES}),
        slow=frozenset({Field.EXPECTED, Field.TARGET}),
        controls=frozenset(
            {
                F.MINING_CONTROL,
                F.POWER_LIMIT_CONTROL,
                F.PRESET_CONTROL,
                F.RESTART_CONTROL,
                F.LOCATE_CONTROL,
            }
        ),
        restarts_mining_only=True,
        presets_are_watts=True,
        giga_is_none=True,
        # It answers a command with nothing, which the library takes for a refusal.
        results_lie=True,
        has_login=True,
    ),
    WHATSMINER: Firmware(
        username="admin",
        word=word_of_rest,
        word_needs=frozenset({Field.IS_MINING}),
        controls=frozenset(
            {
                F.MINING_CONTROL,
                F.POWER_LIMIT_CONTROL,
                F.PRESET_CONTROL,
                F.RESTART_CONTROL,
                F.LOCATE_CONTROL,
            }
        ),
        modes=("low", "normal", "high"),
        mode_with_limit="normal",
    ),
}
_ANY: Final = Firmware()

# What logs in with a name that the user need not know, and with a password alone.
USERNAMES: Final[Mapping[str, str]] = {
    "Auradine Stock": "admin",
    "Marathon": "root",
    "UMC OS": "",
    **{name: known.username for name, known in _KNOWN.items()},
}


def firmware_of(name: str | None) -> Firmware:
    """Return what is known of a firmware by the library's name for it."""
    return _KNOWN.get(name or "", _ANY)
