"""Firmware of which no device is emulated: what is believed of what pyasic reads."""

from collections.abc import Callable
from typing import Any

from pyasic.data import Fan, HashBoard, MinerData
from pyasic.device.algorithm import MinerAlgo
import pytest

from custom_components.miner_control.controllers.base import Capabilities
from custom_components.miner_control.controllers.network.address import NetworkAddress
from custom_components.miner_control.controllers.network.parsing import (
    count,
    difficulty,
    hashrate,
    wattage,
)
from custom_components.miner_control.controllers.pyasic import library
from custom_components.miner_control.controllers.pyasic.device import PyasicDevice
from custom_components.miner_control.controllers.pyasic.dialects import (
    Dialect,
    dialect_for,
)
from custom_components.miner_control.controllers.pyasic.dialects.antminer import (
    AntminerDialect,
    HiveonDialect,
)
from custom_components.miner_control.controllers.pyasic.dialects.antminer_old import (
    OldAntminerDialect,
)
from custom_components.miner_control.controllers.pyasic.dialects.avalon import (
    AvalonDialect,
    AvalonMini3Dialect,
    AvalonNano3Dialect,
    AvalonNano3sDialect,
    AvalonQDialect,
)
from custom_components.miner_control.controllers.pyasic.dialects.axeos import (
    AxeOsDialect,
)
from custom_components.miner_control.controllers.pyasic.dialects.base import word_in
from custom_components.miner_control.controllers.pyasic.dialects.bosminer import (
    BosMinerDialect,
)
from custom_components.miner_control.controllers.pyasic.dialects.braiins import (
    BraiinsDialect,
)
from custom_components.miner_control.controllers.pyasic.dialects.goldshell import (
    GoldshellDialect,
)
from custom_components.miner_control.controllers.pyasic.dialects.iceriver import (
    IceRiverDialect,
)
from custom_components.miner_control.controllers.pyasic.dialects.luxos import (
    LuxOsDialect,
)
from custom_components.miner_control.controllers.pyasic.dialects.vnish import (
    VnishDialect,
    _Preset,
)
from custom_components.miner_control.controllers.pyasic.dialects.whatsminer import (
    WhatsminerDialect,
)
from custom_components.miner_control.controllers.pyasic.dialects.whatsminer_v3 import (
    WhatsminerV3Dialect,
)
from custom_components.miner_control.controllers.pyasic.readings import (
    is_alive,
    items_for,
    snapshot_of,
)
from custom_components.miner_control.domain.features import (
    MinerFeatureType,
    MinerStatus,
)
from custom_components.miner_control.domain.snapshot import Snapshot
from custom_components.miner_control.domain.values import (
    Frequency,
    HashRate,
    HashRateUnit,
    Power,
    Temperature,
)

from .bench import F

HOST = "192.0.2.1"
NOBODY = Capabilities(features=frozenset())
EVERYTHING = frozenset(MinerFeatureType)


def speak(library_class: str, firmware_version: str | None = None) -> Dialect:
    """Return what speaks to a device of a class; nothing is contacted."""
    address = NetworkAddress(host=HOST, username="me", password="s3cret")
    return dialect_for(
        PyasicDevice.rebuild(HOST, library_class, firmware_version, address)
    )


def terahashes(rate: float) -> Any:
    """Return a hash rate of pyasic's."""
    return MinerAlgo.SHA256.hashrate(rate=rate)


def data(**told: Any) -> Any:
    """Return what pyasic read, as it has it after reading nothing else."""
    found = MinerData(ip=HOST)
    found.is_mining = None
    for name, value in told.items():
        setattr(found, name, value)
    return found


@pytest.mark.parametrize(
    ("library_class", "version", "dialect"),
    [
        ("BMMinerS19Pro", None, AntminerDialect),
        ("HiveonS19jPro", None, HiveonDialect),
        ("VNishS19", None, VnishDialect),
        ("BTMinerM30SPlusPlusVH30", None, WhatsminerDialect),
        ("BTMinerM30SPlusPlusVH30", "20220915.14.REL", WhatsminerDialect),
        ("BTMinerM30SPlusPlusVH30", "20250214.11.REL", WhatsminerV3Dialect),
        ("BitAxeGamma", None, AxeOsDialect),
        ("LuckyMinerLV08", None, AxeOsDialect),
        ("CGMinerAvalonNano3", None, AvalonNano3Dialect),
        ("CGMinerAvalonNano3s", None, AvalonNano3sDialect),
        ("CGMinerAvalonQHome", None, AvalonQDialect),
        ("CGMinerAvalonMini3", None, AvalonMini3Dialect),
        ("CGMinerAvalon721", None, AvalonDialect),
        ("BOSMinerS19", None, BraiinsDialect),
        ("BOSMinerS9", None, BosMinerDialect),
        ("LUXMinerS9", None, LuxOsDialect),
        ("BMMinerS9", None, OldAntminerDialect),
        ("BMMinerL3Plus", None, OldAntminerDialect),
        ("AntminerUnknown", None, AntminerDialect),
        ("GoldshellCK5", None, GoldshellDialect),
        ("GoldshellByte", None, GoldshellDialect),
        ("IceRiverKS0", None, IceRiverDialect),
        ("ePICS19", None, Dialect),
    ],
)
def test_dialect(
    library_class: str, version: str | None, dialect: type[Dialect]
) -> None:
    """Each firmware is spoken to in its own way."""
    assert type(speak(library_class, version)) is dialect


@pytest.mark.parametrize("library_class", ["BMMinerS19Pro", "BTMinerM20PV10"])
def test_credentials_are_given_to_every_interface(library_class: str) -> None:
    """A device has several, each with its own default."""
    miner = speak(library_class).miner
    for api in filter(None, (miner.rpc, miner.web)):
        assert getattr(api, "pwd", "s3cret") == "s3cret"
        assert getattr(api, "username", "me") == "me"


@pytest.mark.parametrize(
    ("library_class", "stops"),
    [
        ("BOSMinerS19", True),
        ("LUXMinerS9", True),
        ("ePICS19", True),
        ("BTMinerM30SPlusPlusVH30", True),
        ("BMMinerS9", False),
        ("InnosiliconT3HPlus", False),
        ("IceRiverKS0", False),
    ],
)
def test_mining_control_is_what_the_library_implements(
    library_class: str, *, stops: bool
) -> None:
    """A flag that says otherwise is not believed."""
    assert (F.MINING_CONTROL in speak(library_class).supported) is stops


@pytest.mark.parametrize(
    ("library_class", "trusted"),
    [
        ("BOSMinerS19", False),
        ("ePICS19", True),
        ("LUXMinerS9", False),
        ("BMMinerS9", False),
        ("GoldshellCK5", False),
    ],
)
def test_whose_word_on_mining_counts(library_class: str, *, trusted: bool) -> None:
    """Where the library does not ask, it always says that a device mines."""
    dialect = speak(library_class)
    assert dialect.trusts_is_mining is trusted
    wanted = frozenset({F.STATUS_MONITORING})
    assert ("is_mining" in items_for(wanted, dialect)) is trusted


class TestStatus:
    """What a device does, by all that it says."""

    @pytest.mark.parametrize(
        ("told", "status"),
        [
            ({"hashrate": terahashes(100), "is_mining": False}, None),
            ({"hashrate": terahashes(0), "is_mining": False}, MinerStatus.IDLE),
            ({"hashrate": terahashes(100), "is_mining": True}, MinerStatus.ON),
            ({"hashrate": terahashes(0), "is_mining": True}, MinerStatus.ON),
            ({"is_mining": True, "uptime": 20}, MinerStatus.ON),
            ({"is_mining": False}, MinerStatus.IDLE),
            ({"hashrate": terahashes(100)}, None),
            ({"hashrate": terahashes(0), "uptime": 5000}, None),
            ({"hashrate": terahashes(0), "uptime": 20}, None),
        ],
    )
    def test_firmware_that_tells(
        self, told: dict[str, Any], status: MinerStatus | None
    ) -> None:
        """Its word is passed on, unless the library is wrong; nothing is judged."""
        dialect = speak("ePICS19")
        seen = snapshot_of(data(**told), Snapshot(), dialect, NOBODY)
        assert seen.status is status

    @pytest.mark.parametrize("hashrate", [None, terahashes(0), terahashes(100)])
    def test_firmware_that_does_not_tell(self, hashrate: Any) -> None:
        """What the library says for it is not repeated."""
        told = data(hashrate=hashrate, uptime=5000, is_mining=True)
        seen = snapshot_of(told, Snapshot(), speak("GoldshellCK5"), NOBODY)
        assert seen.status is None

    def test_firmware_that_did_not_tell_this_time(self) -> None:
        """That is not the same as one that never does."""
        dialect = speak("BTMinerM30SPlusPlusVH30")
        silent = Snapshot(status=word_in({}, None))
        seen = snapshot_of(data(is_mining=True), silent, dialect, NOBODY)
        assert seen.status is MinerStatus.UNKNOWN

    def test_silence_is_no_sign_of_life(self) -> None:
        """That a status is missing does not show that anybody is there."""
        silent = Snapshot(status=word_in({}, None))
        assert not is_alive(data(), silent)
        assert is_alive(data(), Snapshot(status=word_in({"a": 1}, MinerStatus.ON)))


class TestTemperatures:
    """Which sensor is which."""

    BOARDS = (
        HashBoard(slot=0, temp=51, chip_temp=70, inlet_temp=31, outlet_temp=41),
        HashBoard(slot=1, temp=52, chip_temp=72, inlet_temp=32, outlet_temp=42),
        HashBoard(slot=2, temp=0, chip_temp=0),
        HashBoard(slot=3),
    )

    @pytest.mark.parametrize(
        ("library_class", "version", "expected"),
        [
            # chip, board, inlet, outlet
            ("ePICS19", None, (72, 52, 25, 42)),
            ("BMMinerS19Pro", None, (72, 52, 25, 42)),
            # Bitmain's older interface: the two kinds of sensors swapped.
            ("BMMinerS9", None, (52, 72, 25, 42)),
            ("VNishS19", None, (52, 72, 25, 42)),
            ("HiveonS19jPro", None, (52, 72, 25, 42)),
            # What passes for the air's are the chips' lowest and highest; the
            # dialect reads all of them itself.
            ("BTMinerM30SPlusPlusVH30", "20250214.11.REL", (None, None, 25, None)),
            # What passes for the board's is the chips' mean.
            ("CGMinerAvalon721", None, (72, None, 25, None)),
            ("CGMinerAvalonNano3", None, (72, None, None, None)),
        ],
    )
    def test_hottest_of_each_kind(
        self,
        library_class: str,
        version: str | None,
        expected: tuple[float | None, ...],
    ) -> None:
        """The hottest sensor of each kind counts; 0 is none."""
        told = data(hashboards=list(self.BOARDS), env_temp=25)
        seen = snapshot_of(
            told,
            Snapshot(),
            speak(library_class, version),
            NOBODY,
        )
        assert (
            seen.chip_temperature,
            seen.board_temperature,
            seen.inlet_temperature,
            seen.outlet_temperature,
        ) == tuple(None if t is None else Temperature(t) for t in expected)

    def test_boards_tell_of_the_air_where_nobody_else_does(self) -> None:
        """A hydro machine has its sensors on the boards."""
        told = data(hashboards=list(self.BOARDS))
        seen = snapshot_of(
            told,
            Snapshot(),
            speak("BMMinerS19Pro"),
            NOBODY,
        )
        assert seen.inlet_temperature == Temperature(32)


class TestAvalon:
    """A module that tells all in one text."""

    @pytest.mark.parametrize(
        ("module", "expected"),
        [
            (
                "SYSTEMSTATU[Work: In Work, ] ITemp[26] HBOTemp[58] Freq[345.94]",
                Snapshot(
                    status=MinerStatus.ON,
                    inlet_temperature=Temperature(26),
                    outlet_temperature=Temperature(58),
                    frequency=Frequency(345.94),
                ),
            ),
            (
                "SYSTEMSTATU[Work: In Idle, Hash Board: 1 ] Temp[31] SoftOFF[5]",
                Snapshot(status=MinerStatus.IDLE, inlet_temperature=Temperature(31)),
            ),
            (
                "SYSTEMSTATU[Work: In Idle, Hash Board: 1 ] ITemp[-273] SoftOFF[0]",
                Snapshot(status=MinerStatus.ON),
            ),
            (
                "SYSTEMSTATU[Work: In Init, Hash Board: 1 ] SoftOFF[3]",
                Snapshot(status=MinerStatus.STARTING),
            ),
            (
                "SYSTEMSTATU[Work: In Fault, Hash Board: 0 ] SoftOFF[0]",
                Snapshot(status=MinerStatus.ERROR),
            ),
            ("", Snapshot()),
        ],
    )
    async def test_what_it_tells(
        self, monkeypatch: pytest.MonkeyPatch, module: str, expected: Snapshot
    ) -> None:
        """Each field has its meaning; its switch alone says nothing."""
        dialect = speak("CGMinerAvalon721")

        async def tell() -> dict[str, Any]:
            return {"STATS": [{"MM ID0": module}, {"ID": "POOL0"}]}

        monkeypatch.setattr(dialect.miner.rpc, "estats", tell)
        assert await dialect.read_extras(frozenset(F)) == expected

    async def test_board_of_a_mini_3(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Its heat stands apart from that of air and chips (pyasic#312, 25011701)."""
        dialect = speak("CGMinerAvalonMini3")
        module = (
            "Ver[Mini3-25011701_3f53b19] ITemp[39] OTemp[63] HBTemp[75] TMax[86] "
            "TAvg[82] PS[0 1210 2083 37 760 2085 824] MTmax[86]"
        )

        async def tell() -> dict[str, Any]:
            return {"STATS": [{"MM ID0": module}]}

        monkeypatch.setattr(dialect.miner.rpc, "estats", tell)
        seen = await dialect.read_extras(frozenset(F))
        assert seen.board_temperature == Temperature(75)
        assert seen.outlet_temperature == Temperature(63)
        assert seen.power == Power(824)
        (board,) = seen.hashboards or ()
        assert board.board_temperature == Temperature(75)


class TestSignsOfLife:
    """The library does not say whether a device answered at all."""

    @pytest.mark.parametrize(
        "told",
        [
            {"hashrate": terahashes(1)},
            {"wattage": 0},
            {"uptime": 0},
            {"env_temp": 20.0},
            {"fans": [Fan(speed=None), Fan(speed=0)]},
            {"hashboards": [HashBoard(slot=0, chips=100)]},
            {"hashboards": [HashBoard(slot=0), HashBoard(slot=1, temp=0)]},
        ],
    )
    def test_any_value_is_one(self, told: dict[str, Any]) -> None:
        """Whatever was read shows that somebody answered."""
        assert is_alive(data(**told), Snapshot())

    def test_status_of_its_own_is_one(self) -> None:
        """Some firmware has nothing else to tell while it is stopped."""
        assert is_alive(data(), Snapshot(status=MinerStatus.IDLE))

    @pytest.mark.parametrize(
        "told",
        [
            {},
            {"is_mining": True},
            {"hashrate": terahashes(0)},
            {"fans": [Fan(), Fan()]},
            {"hashboards": [HashBoard(slot=0)]},
            {"hashboards": [HashBoard(slot=0, missing=False)]},
            {"hashboards": [HashBoard(slot=0, hashrate=terahashes(0), missing=False)]},
        ],
    )
    def test_what_the_library_makes_up_is_none(self, told: dict[str, Any]) -> None:
        """What it fills in for a device that is off proves nothing."""
        assert not is_alive(data(**told), Snapshot())


def test_stopped_device_makes_nothing_in_its_own_unit() -> None:
    """Zero has the unit that the device was linked with."""
    known = Capabilities(features=frozenset(), hashrate_unit="GH/s")
    told, off = data(hashrate=terahashes(3)), Snapshot(status=MinerStatus.IDLE)
    seen = snapshot_of(told, off, speak("ePICS19"), known)
    assert seen.hashrate is not None
    assert (seen.hashrate.value, seen.hashrate.unit) == (0, "GH/s")
    unknown = snapshot_of(told, off, speak("ePICS19"), NOBODY)
    assert unknown.hashrate == HashRate(0)


@pytest.mark.parametrize(
    ("read", "told", "found"),
    [
        (count, 7, 7),
        (count, "7", 7),
        (count, 0, 0),
        (count, 2**53, 2**53),
        (count, 1e308, None),
        (count, -1, None),
        (count, "x", None),
        (wattage, 3500, 3500.0),
        (wattage, "900", 900.0),
        (wattage, 0, None),
        (wattage, -1, None),
        (wattage, 2_015_948, None),
        (difficulty, 4e9, 4e9),
        (difficulty, "12", 12.0),
        (difficulty, 1e308, None),
        (difficulty, -1, None),
    ],
)
def test_number_that_a_device_tells(
    read: Callable[[object], float | None], told: object, found: float | None
) -> None:
    """A device may say anything; what cannot be is nothing."""
    assert read(told) == found


@pytest.mark.parametrize(
    ("told", "found"),
    [(110_000, 110.0), ("500", 0.5), (0, None), (-1e308, None), (1e308, None)],
)
def test_hashrate(told: object, found: float | None) -> None:
    """No board is said to make more than all miners together."""
    rate = hashrate(told, HashRateUnit.GH)
    assert (rate.value if rate else None) == found


@pytest.mark.parametrize(
    ("pretty", "watts"),
    [
        ("1500 watt ~ 75 TH", 1500),
        ("1500.5 watt ~ 75.25 TH", 1500),
        ("1.5.0 watt ~ 75 TH", None),
        (f"{'9' * 400} watt ~ 75 TH", None),
        ("1500 watt ~ . TH", None),
    ],
)
def test_preset_of_vnish(pretty: str, watts: int | None) -> None:
    """A preset whose name is no preset's is none."""
    row = {"name": "1", "status": "tuned", "pretty": pretty}
    preset = _Preset.from_row(row)
    assert (preset.watts if preset else None) == watts


@pytest.mark.filterwarnings("ignore:Unknown chip count")
def test_every_class_of_the_library_is_spoken_to() -> None:
    """No class of pyasic trips the choice of a dialect."""
    for name in library._classes():
        dialect = speak(name)
        assert dialect.device.library_class == name
        assert dialect.supported >= dialect.features - {F.INTERNAL_FAN_CONTROL}
