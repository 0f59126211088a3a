"""The families of Bitaxes and their kin, each in one declaration.

From the sources of bitaxeorg/ESP-Miner (2.4 to 2.15), shufps/ESP-Miner-NerdQAxePlus
(1.0.16 to 1.0.38) and NMminer1024/ESP-Miner-NMAxe (3.0.21), and from answers of
Lucky Miners that their owners recorded (UpstreamData/pyasic#278 and #280). What a
release can do is told by what it says, never by its version, but for the light.
"""

from dataclasses import replace
import re
from typing import Final

from ...domain.features import MinerStatus
from ...domain.values import FanSetting
from ..network.parsing import number
from .family import (
    Commands,
    Dial,
    Family,
    Info,
    at,
    chip_fan,
    expected,
    fan_setting,
    flag,
    gigahashes,
    hottest,
    is_so,
    milliamperes,
    milliseconds,
    millivolts,
    most_watts,
    percent,
    pool_at,
    rare,
    reasons,
    seconds,
    signal,
    text,
    things,
    told,
    watts,
)

_VERSION = re.compile(r"v?(\d+)\.(\d+)")
# The modes of a fan, as NerdOS numbers them; any other means full speed. Before
# 1.0.29 the fan had no target, and the automatic mode was another one.
_NERD_MANUAL: Final = 0
_NERD_AUTOMATIC: Final = 2
_NERD_AUTOMATIC_BEFORE: Final = 1
# No chip of NerdOS's hashes below 900 mV; without any, the board takes few watts. Its
# chips get their voltage within a minute of a start.
_NERD_DARK: Final = 200
_NERD_RESTS: Final = 10
_NERD_STARTS: Final = 60
# Where NerdOS tells whether it works for the fallback pool; before 1.0.35, elsewhere.
_NERD_FALLBACK: Final = ("stratum.usingFallback", "isUsingFallbackStratum")
_NMAXE_STATES: Final = {
    "running": MinerStatus.ON,
    "pausing": MinerStatus.STOPPING,
    "paused": MinerStatus.IDLE,
    "resuming": MinerStatus.STARTING,
    "error": MinerStatus.ERROR,
}
# Where the fan's setting stands; releases before 2.11 tell only how fast it runs.
_FAN_SPEEDS: Final = ("manualFanSpeed", "fanspeed")

_COMMON_OPERATION: Final = {
    "uptime": told(seconds, "uptimeSeconds"),
    "shares_accepted": told(things, "sharesAccepted"),
    "shares_rejected": told(things, "sharesRejected"),
    "best_difficulty": told(rare, "bestDiff"),
    "session_difficulty": told(rare, "bestSessionDiff"),
    "core_voltage": told(millivolts, "coreVoltageActual"),
    "input_current": told(milliamperes, "current"),
    "wifi_signal": told(signal, "wifiRSSI"),
}
_RATES: Final = {
    "hashrate_1m": told(gigahashes, "hashRate_1m"),
    "hashrate_10m": told(gigahashes, "hashRate_10m"),
    "hashrate_1h": told(gigahashes, "hashRate_1h"),
}
_BOARD: Final = {
    "voltage": told(millivolts, "coreVoltageActual"),
    "nominal_hashrate": told(expected, "expectedHashrate"),
}


def is_at_least(info: Info, *version: int) -> bool:
    """Tell whether a release is a version or a later one."""
    found = _VERSION.search(str(info.get("axeOSVersion") or info.get("version") or ""))
    return found is not None and tuple(int(part) for part in found.groups()) >= version


def _named(*parts: object) -> str | None:
    """Return a name of those parts that are there."""
    return " ".join(str(part) for part in parts if part) or None


# AxeOS


def _axeos_status(info: Info) -> MinerStatus | None:
    """Return what AxeOS says of itself; releases before 2.14 tell of faults only."""
    paused = is_so(info.get("miningPaused"))
    if paused:
        return MinerStatus.IDLE
    if _axeos_errors(info):
        return MinerStatus.ERROR
    return None if paused is None else MinerStatus.ON


def _axeos_errors(info: Info) -> tuple[str, ...] | None:
    """Return what keeps the device from mining; faults are told while they last."""
    overheated = is_so(info.get("overheat_mode"))
    faults = [
        str(info[name]) for name in ("hardware_fault", "power_fault") if info.get(name)
    ]
    if overheated is None and not faults:
        return None
    return (*faults, *(["overheat_mode"] if overheated else []))


def _axeos_pool(info: Info) -> str | None:
    """Return the address of the pool that is worked for."""
    if is_so(info.get("miningPaused")):
        return None
    uses_fallback = is_so(info.get("isUsingFallbackStratum"))
    prefix = "fallbackStratum" if uses_fallback else "stratum"
    return pool_at(info.get(f"{prefix}URL"), info.get(f"{prefix}Port"))


def _axeos_fan(info: Info) -> FanSetting | None:
    """Return how the fan is set."""
    automatic = is_so(info.get("autofanspeed"))
    return fan_setting(info.get(_fan_key(info)), automatic=automatic)


def _fan_key(info: Info) -> str:
    """Return the name of the setting of the fan's speed."""
    return next((key for key in _FAN_SPEEDS if key in info), _FAN_SPEEDS[0])


def _axeos_set_fan(info: Info, setting: FanSetting) -> dict[str, object]:
    """Return what sets the fan."""
    if setting.automatic:
        return {"autofanspeed": 1}
    return {"autofanspeed": 0, _fan_key(info): setting.percent}


def _axeos_commands(info: Info) -> Commands:
    """Return what a release can be told."""
    pauses = "miningPaused" in info
    return Commands(
        pause=("POST", "/api/system/pause", None) if pauses else None,
        resume=("POST", "/api/system/resume", None) if pauses else None,
        identify="/api/system/identify" if is_at_least(info, 2, 12) else None,
        fan=_axeos_set_fan,
        fallback_pool="useFallbackStratum" if "useFallbackStratum" in info else None,
    )


def _axeos_model(info: Info, asic: Info) -> str | None:
    """Return the name of the board's family and its number, such as Gamma 601."""
    named = asic.get("deviceModel")
    return _named(named or info.get("ASICModel"), info.get("boardVersion"))


AXEOS: Final = Family(
    key="axeos",
    firmware="AxeOS",
    make="Bitaxe",
    sign=lambda info: "ASICModel" in info and "hashRate" in info,
    model=_axeos_model,
    version="version",
    readings={
        "hashrate": told(gigahashes, "hashRate"),
        "expected_hashrate": told(expected, "expectedHashrate"),
        "power": told(watts, "power"),
        "max_power": told(most_watts, "maxPower"),
        "chip_temperature": told(hottest, "temp", "temp2"),
        "board_temperature": told(hottest, "vrTemp"),
        "voltage": told(millivolts, "voltage"),
    },
    operation=_COMMON_OPERATION
    | _RATES
    | {
        "blocks_found": told(things, "blockFound"),
        "rejections": told(reasons, "sharesRejectedReasons"),
        "is_on_fallback_pool": told(flag, "isUsingFallbackStratum"),
        "prefers_fallback_pool": told(flag, "useFallbackStratum"),
        "pool_response": told(milliseconds, "responseTime"),
        "hardware_errors": told(percent, "errorPercentage"),
        "reset_reason": told(text, "resetReason"),
    },
    board=_BOARD,
    status=_axeos_status,
    errors=_axeos_errors,
    pool=_axeos_pool,
    fan=_axeos_fan,
    # As `nvs_config.c` checks them.
    fan_target=Dial(
        of=lambda info, _: info.get("temptarget"),
        write=lambda celsius: {"temptarget": celsius},
        lowest=35,
        highest=66,
    ),
    fan_minimum=Dial(
        of=lambda info, _: info.get("minFanSpeed"),
        write=lambda percent: {"minFanSpeed": percent},
        lowest=0,
        highest=99,
    ),
    commands=_axeos_commands,
    # ESP-Miner#182 and #199.
    is_frail=lambda version: version < (2, 9),
)


# NerdOS


def _nerd_status(info: Info) -> MinerStatus | None:
    """Return what NerdOS says of itself; nothing else ends a shutdown but a restart."""
    shut_down = is_so(info.get("shutdown"))
    if shut_down is None:
        return None
    if shut_down:
        return MinerStatus.IDLE
    if not _nerd_is_dark(info):
        return MinerStatus.ON
    uptime = number(info.get("uptimeSeconds")) or 0
    return MinerStatus.STARTING if uptime < _NERD_STARTS else MinerStatus.ERROR


def _nerd_is_dark(info: Info) -> bool:
    """Tell whether the chips have no voltage, as after too much heat or a fault.

    Older releases say so nowhere else, and go on telling the mean of before as the
    hash rate; newer ones do not say it of a regulator that failed (#709).
    """
    voltage, power = number(info.get("coreVoltageActual")), number(info.get("power"))
    if voltage is None or power is None:
        return False
    least = number(info.get("minPower")) or 0
    return 0 <= voltage < _NERD_DARK and power <= max(least, _NERD_RESTS)


def _nerd_errors(info: Info) -> tuple[str, ...] | None:
    """Return that the regulator is off, although nobody shut the device down."""
    failed = _nerd_status(info) is MinerStatus.ERROR
    return ("VREG OFF",) if failed else None


def _nerd_pool(info: Info) -> str | None:
    """Return the address of the pool that is worked for."""
    if is_so(info.get("shutdown")):
        return None
    uses_fallback = any(is_so(at(info, path)) for path in _NERD_FALLBACK)
    prefix = "fallbackStratum" if uses_fallback else "stratum"
    return pool_at(info.get(f"{prefix}URL"), info.get(f"{prefix}Port"))


def _nerd_fan(info: Info) -> FanSetting | None:
    """Return how the fans are set."""
    mode = number(info.get("autofanspeed"))
    speed = info.get(_fan_key(info) if mode == _NERD_MANUAL else "fanspeed")
    automatic = None if mode is None else mode == _nerd_automatic(info)
    return fan_setting(speed, automatic=automatic)


def _nerd_automatic(info: Info) -> int:
    """Return the mode in which the fans are ruled by the temperature."""
    return _NERD_AUTOMATIC if "pidTargetTemp" in info else _NERD_AUTOMATIC_BEFORE


def _nerd_set_fan(info: Info, setting: FanSetting) -> dict[str, object]:
    """Return what sets the fans."""
    if setting.automatic:
        return {"autofanspeed": _nerd_automatic(info)}
    return {"autofanspeed": _NERD_MANUAL, _fan_key(info): setting.percent}


def _nerd_commands(info: Info) -> Commands:
    """Return what a release can be told; an update came along with passwords."""
    stops = "shutdown" in info
    return Commands(
        pause=("POST", "/api/system/shutdown", None) if stops else None,
        resume=("POST", "/api/system/restart", None) if stops else None,
        fan=_nerd_set_fan,
        update="/api/system/OTA/github" if "otp" in info else None,
    )


NERDOS: Final = Family(
    key="nerdos",
    firmware="NerdOS",
    make="Nerd",
    sign=lambda info: (
        "deviceModel" in info and ("otp" in info or "hashRate_1d" in info)
    ),
    model=lambda info, _: _named(info.get("deviceModel")),
    version="version",
    readings={
        "hashrate": told(gigahashes, "hashRate"),
        "power": told(watts, "power"),
        "max_power": told(most_watts, "maxPower"),
        "chip_temperature": told(hottest, "temp", "asicTemps"),
        "board_temperature": told(hottest, "vrTemp", "vrTempInt"),
        "voltage": told(millivolts, "voltage"),
    },
    operation=_COMMON_OPERATION
    | _RATES
    | {
        "blocks_found": told(things, "foundBlocks"),
        "is_on_fallback_pool": told(flag, *_NERD_FALLBACK),
        "pool_response": told(milliseconds, "lastpingrtt"),
        "reset_reason": told(text, "lastResetReason"),
    },
    board=_BOARD,
    status=_nerd_status,
    is_dark=_nerd_is_dark,
    errors=_nerd_errors,
    pool=_nerd_pool,
    fan=_nerd_fan,
    # As its own page has it; the firmware checks nothing.
    fan_target=Dial(
        of=lambda info, _: info.get("pidTargetTemp"),
        write=lambda celsius: {"pidTargetTemp": celsius},
        lowest=30,
        highest=80,
        under="overheat_temp",
    ),
    fans=("fanrpm", "fanrpm2"),
    fan_count="fanCount",
    wakes_by="SOFTWARE",
    commands=_nerd_commands,
    whole_numbers=True,
)


# NMAxe


def _nmaxe_set_fan(_: Info, setting: FanSetting) -> dict[str, object]:
    """Return what sets the fan of the chip."""
    if setting.automatic:
        return {"fans": [{"id": 0, "auto": 1}]}
    return {"fans": [{"id": 0, "auto": 0, "speed": setting.percent}]}


def _nmaxe_commands(info: Info) -> Commands:
    """Return what a release can be told; a pause came with 3.0.12."""
    pauses = at(info, "miner.paused") is not None
    path = "/api/mining/state"
    return Commands(
        pause=("PATCH", path, {"paused": True}) if pauses else None,
        resume=("PATCH", path, {"paused": False}) if pauses else None,
        settings="/api/setting/preference",
        tuning="/api/setting/mining",
        frequency="asicFreqReq",
        voltage="asicVcoreReq",
        fan=_nmaxe_set_fan,
        fan_path="/api/setting/preference",
    )


def _nmaxe_pool(info: Info) -> str | None:
    """Return the address of the pool that is worked for."""
    url = at(info, "stratum.url")
    is_paused = is_so(at(info, "miner.paused"))
    return url if isinstance(url, str) and url and not is_paused else None


NMAXE: Final = Family(
    key="nmaxe",
    firmware="NMAxe",
    make="NMMiner",
    sign=lambda info: isinstance(at(info, "identity.hwModel"), str),
    model=lambda info, _: _named(
        at(info, "identity.displayName") or at(info, "identity.hwModel")
    ),
    version="identity.fwVersion",
    mac=None,
    hostname="identity.hostName",
    readings={
        "hashrate": told(gigahashes, "miner.hashRate"),
        "power": told(watts, "power.power"),
        "chip_temperature": told(hottest, "temps.asic"),
        "board_temperature": told(hottest, "temps.vcore"),
        "voltage": told(millivolts, "power.vbus"),
    },
    operation={
        "uptime": told(seconds, "miner.uptimeSeconds"),
        "shares_accepted": told(things, "miner.sAccepted"),
        "shares_rejected": told(things, "miner.sRejected"),
        "blocks_found": told(things, "miner.blkhits"),
        "best_difficulty": told(rare, "miner.bestDiffEver"),
        "session_difficulty": told(rare, "miner.bestDiffSession"),
        "core_voltage": told(millivolts, "asic.vcoreReal"),
        "input_current": told(milliamperes, "power.ibus"),
        "wifi_signal": told(signal, "identity.rssi"),
    },
    board={"voltage": told(millivolts, "asic.vcoreReal")},
    status=lambda info: _NMAXE_STATES.get(str(at(info, "miner.state"))),
    errors=lambda _: None,
    pool=_nmaxe_pool,
    # How it is set stands on another page.
    fan=lambda _: None,
    # Its own page offers 0 to 80 °C; what no room and no chip is at is left out.
    fan_target=Dial(
        of=lambda _, page: chip_fan(page).get("target"),
        write=lambda celsius: {"fans": [{"id": 0, "target": celsius}]},
        lowest=30,
        highest=75,
    ),
    fans=("fans",),
    chips="asic.count",
    cores="asic.smallCoreCnt",
    asic="/api/setting/mining",
    commands=_nmaxe_commands,
    whole_numbers=True,
)


# Lucky Miner


def _lucky_commands(_: Info) -> Commands:
    """Return what the firmware can be told, which is a fork of AxeOS 2.1."""
    return Commands(fan=_axeos_set_fan)


LUCKY: Final = replace(
    AXEOS,
    key="lucky",
    firmware="Lucky Miner",
    make="Lucky Miner",
    sign=lambda info: str(info.get("minerModel") or "").startswith("LV"),
    model=lambda info, _: _named(info.get("minerModel")),
    readings=dict(AXEOS.readings)
    | {
        # One release misspells it.
        "voltage": told(millivolts, "voltage", "voltagei"),
    },
    # `fanSpeed` is in rpm, and `fanspeed` in percent.
    fans=("fanrpm|fanSpeed",),
    asic=None,
    commands=_lucky_commands,
    # It was made from AxeOS 2.1.
    is_frail=lambda _: True,
)

# AxeForge tunes, pauses and protects by itself: another ruler would fight it.
AXEFORGE: Final = replace(
    AXEOS,
    key="axeforge",
    firmware="AxeForge",
    sign=lambda info: AXEOS.sign(info) and _says(info, "axeforge"),
    commands=lambda _: Commands(),
    is_frail=lambda _: False,
    rules_itself=True,
)

# The first one whose sign is there is the one.
FAMILIES: Final = (NMAXE, LUCKY, AXEFORGE, NERDOS, AXEOS)


def family_of(info: Info) -> Family | None:
    """Return the family of a device by what it tells of its system, None if none."""
    return next((family for family in FAMILIES if family.sign(info)), None)


def family_called(key: str | None) -> Family | None:
    """Return a family by its key."""
    return next((family for family in FAMILIES if family.key == key), None)


def _says(info: Info, word: str) -> bool:
    """Tell whether a device names itself in what it says of its firmware."""
    names = ("version", "axeOSVersion", "firmware", "firmwareName", "fwName")
    return any(word in str(info.get(name) or "").lower() for name in names)
