"""What modules of Avalons were recorded to tell, and what a Nano 3 of 2024 does.

The texts are shortened where nothing is read. Sources: Nano 3 24071801
(dcbert/miner-sentinel#16), Nano 3S 25021401 (miner-sentinel's tests), Avalon Q 25052801
(256foundation/asic-rs, UpstreamData/pyasic#350), A15 24102401 (pyasic's tests), A1246
21072802 (asic-rs), A1047 (a test of an exporter).
"""

from collections.abc import Mapping
from typing import Any, override

import pytest

from custom_components.miner_control.controllers.errors import IdentityMismatchError
from custom_components.miner_control.controllers.pyasic.dialects.avalon_module import (
    Module,
    Supply,
)
from custom_components.miner_control.domain.features import MinerStatus
from custom_components.miner_control.domain.values import (
    FanSpeed,
    Frequency,
    Hashboard,
    HashRate,
    Power,
    Presets,
    Temperature,
    Voltage,
)
from emulation import EmulatedAvalonNano3
from emulation.network import Json
from tests.emulation.support import until

from .bench import F, link, make_controller
from .conftest import Runner

NANO3 = (
    "HashStatus[1] Ver[nano3-24071801_42c628d] HVer[24071801_b906c52_6223725] "
    "DNA[0000000000000000] HDNA[020100005581d5b5] PFCnt[7] Elapsed[512943] Temp[38] "
    "OTemp[41] TMax[87] TAvg[85] TarT[85] Fan1[3030] FanR[41%] Vo[0] "
    "PS[0 0 0 3 2792 89 324] GHSspd[2630.98] DHspd[17.306%] GHSmm[3203.56] "
    "GHSavg[2474.77] Freq[0.00] Led[1] MGHS[2474.77] MTmax[87] MTavg[85] TA[10] "
    "SoftOFF[0] PVT_T0[ 86  87  87  85  84  82  86  85  86  83] WORKLEVEL[1] MPO[90]"
)
NANO3S = (
    "Ver[Nano3s-25021401_56abae7] DNA[02010000bd448216] "
    "SYSTEMSTATU[Work: In Work, Hash Board: 1] Elapsed[10027] ITemp[-273] OTemp[65] "
    "TMax[95] TAvg[90] TarT[90] Fan1[1520] FanR[33%] PS[0 0 27541 4 0 3756 133] "
    "GHSspd[6598.84] GHSmm[6783.65] GHSavg[6695.18] Freq[464.89] MGHS[6695.18] "
    "MTmax[95] MTavg[90] SoftOFF[0] PVT_T0[ 85  91  91  91  91  90  85  86  95] "
    "WORKMODE[2] WORKLEVEL[0] MPO[133]"
)
Q_IDLE = (
    "'STATS':{Ver[Q-25052801_14a19a2] DNA[020100002fa7f22f] STATE[2] "
    "SYSTEMSTATU[Work: In Idle, Hash Board: 1] Elapsed[1860367] ITemp[24] HBITemp[32] "
    "HBOTemp[32] TMax[0] TAvg[0] Fan1[0] Fan2[0] Fan3[0] Fan4[0] FanR[0%] "
    "PS[0 1216 1 0 0 2243 17] GHSspd[0.00] GHSmm[56112.38] GHSavg[70967.01] "
    "Freq[288.41] MGHS[70967.01] SoftOFF[4] WORKMODE[0] WORKLEVEL[0] MPO[800] "
    "Nonce Mask[25]}"
)
A15 = (
    "Ver[15-194-24102401_25462b2_9ddf522] DNA[020100008c699117] "
    "SYSTEMSTATU[Work: In Work, Hash Board: 3 ] Elapsed[975] Temp[31] TMax[78] "
    "Fan1[4275] Fan2[4282] FanR[49%] Vo[296] PS[0 1209 1187 297 3526 1188 3731] "
    "WALLPOWER[3731] GHSspd[199241.07] GHSmm[201920.42] GHSavg[184007.00] Freq[345.94] "
    "Led[0] MGHS[59459.52 61407.83 63139.66] MTmax[77 78 77] SoftOFF[0] "
    "PVT_T0[ 66  65 0] PVT_T1[ 65  66  63] PVT_T2[ 67  66  66]"
)
A1047 = (
    "SYSTEMSTATU[Work: In Work, Hash Board: 3 ] Elapsed[6355] Temp[25] TMax[74] "
    "Fan1[3671] FanR[55%] PS[0 1217 1279 221 2834 1280] GHSmm[51062.40] "
    "GHSavg[50291.83] MGHS[16645.36 16761.64 16884.83] MTmax[74 72 74]"
)
NANO3_SUPPLY = Supply(volts=4, watts=5)


def module(text: str, name: str = "MM ID0", **more: str) -> Module:
    """Return a module that tells a text."""
    row = {"ID": "AVALON0", **more, name: text}
    return Module.from_answer(
        {"STATUS": [{"When": 1753431623}], "STATS": [row, {"ID": "POOL0"}]}
    )


@pytest.mark.parametrize(
    ("text", "terahashes"),
    [(NANO3, 2.63098), (NANO3S, 6.59884), (Q_IDLE, 0), (A15, 199.24107)],
)
def test_hash_rate_is_that_of_now(text: str, terahashes: float) -> None:
    """Means since the start are left alone."""
    found = module(text).hashrate
    assert found is not None
    assert found.value == pytest.approx(terahashes)


def test_module_that_tells_only_means() -> None:
    """Older ones leave the hash rate to other answers; boards have none."""
    found = module(A1047)
    assert found.hashrate is None
    assert found.boards() == tuple(
        Hashboard(chip_temperature=Temperature(celsius)) for celsius in (74, 72, 74)
    )


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (NANO3, MinerStatus.ON),
        (
            NANO3.replace("SoftOFF[0]", "SoftOFF[1]").replace("2630.98", "0.00"),
            MinerStatus.IDLE,
        ),
        # Switched off, and not at rest yet; nothing else is told.
        (NANO3.replace("SoftOFF[0]", "SoftOFF[1]"), None),
        (NANO3.replace("SoftOFF[0]", ""), None),
        (Q_IDLE, MinerStatus.IDLE),
        # Idle although it was not told to be: no pool, for example.
        (Q_IDLE.replace("SoftOFF[4]", "SoftOFF[0]"), MinerStatus.ON),
        (A15, MinerStatus.ON),
        (A15.replace("In Work", "In Init"), MinerStatus.STARTING),
        (A15.replace("In Work", "In Fault"), MinerStatus.ERROR),
        # It counts through the steps of a start.
        (A15.replace("SoftOFF[0]", "SoftOFF[3]"), MinerStatus.ON),
        ("", None),
    ],
)
def test_status(text: str, status: MinerStatus | None) -> None:
    """The words of the module come first, then its switch."""
    assert module(text).status is status


@pytest.mark.parametrize(
    ("text", "supply", "watts", "volts"),
    [
        (NANO3, NANO3_SUPPLY, 89, 27.92),
        (NANO3S, Supply(per_volt=1000), 133, 27.541),
        (Q_IDLE, Supply(), 17, 0.01),
        (A15, Supply(), 3731, 11.87),
        (A15.replace("WALLPOWER[3731]", ""), Supply(), 3731, 11.87),
        (A1047, Supply(), 2834, 12.79),
        # A field that is misread, beside a limit of 133 W.
        (
            NANO3S.replace("3756 133]", "3756 1188]"),
            Supply(per_volt=1000),
            None,
            27.541,
        ),
        (NANO3S.replace("MPO[133]", "MPO[133] WALLPOWER[140]"), Supply(), 140, None),
        ("PS[0 1]", Supply(), None, None),
        ("PS[]", Supply(), None, None),
        ("", Supply(), None, None),
    ],
)
def test_supply(
    text: str, supply: Supply, watts: float | None, volts: float | None
) -> None:
    """The wall's watts come first; models have them in other places."""
    found = module(text)
    assert found.power(supply) == (None if watts is None else Power(watts))
    if volts is not None:
        assert found.voltage(supply) == Voltage(volts)


@pytest.mark.parametrize(
    ("text", "serial"),
    [
        (NANO3, "020100005581d5b5"),
        (Q_IDLE, "020100002fa7f22f"),
        ("DNA[0201000012345678]", "0201000012345678"),
        ("DNA[02010000123e4567]", "02010000123e4567"),
        ("DNA[0000] HDNA[0000]", None),
        ("DNA[]", None),
        ("", None),
    ],
)
def test_number_is_text(text: str, serial: str | None) -> None:
    """It may look like a number, and may be no number at all."""
    assert module(text).serial == serial


def test_boards_of_an_a15() -> None:
    """Three boards, each with its hottest chip and the chips that tell something."""
    assert module(A15).boards() == (
        Hashboard(chip_temperature=Temperature(77), chips=2),
        Hashboard(chip_temperature=Temperature(78), chips=3),
        Hashboard(chip_temperature=Temperature(77), chips=3),
    )


def test_modules_that_share_a_controller() -> None:
    """An Avalon 741 is as many machines as it has modules, told of as one."""
    ver = "Ver[7411706-3162860]"
    first = f"{ver} DNA[01] Temp[31] TMax[87] Fan[5100] GHSmm[7300] Freq[600]"
    second = f"{ver} DNA[02] Temp[33] TMax[91] Fan[0] GHSmm[7100] Freq[610]"
    row = {"ID": "AV70", "MM ID1": first, "MM ID3": second}
    module = Module.from_answer({"STATS": [row]})
    assert module.expected_hashrate == HashRate(14.4)
    assert module.hashrate is None
    assert module.temperature("TMax") == Temperature(91)
    assert module.temperature("ITemp", "Temp") == Temperature(33)
    assert module.fan_speeds == (FanSpeed(5100), FanSpeed(0))
    assert module.frequency == Frequency(605)
    assert module.power(Supply()) is None
    assert (module.serial, module.version) == ("01", "7411706-3162860")
    boards = module.boards()
    assert boards is not None
    heat = [board.chip_temperature for board in boards]
    assert heat == [Temperature(87), Temperature(91)]
    now = {name: f"{text} GHSspd[7000]" for name, text in row.items() if "MM" in name}
    assert Module.from_answer({"STATS": [now]}).hashrate == HashRate(14)
    one = {**now, "MM ID3": second}
    assert Module.from_answer({"STATS": [one]}).hashrate is None


def test_board_of_an_avalon_q() -> None:
    """Its chips stand in another text."""
    chips = "'HB0':{PVT_T0[ 58  59  60] PVT_V0[282 278 276]}"
    found = module(Q_IDLE, "MM ID0:Summary", HBinfo=chips)
    (board,) = found.boards() or ()
    assert (board.chips, board.hashrate) == (3, HashRate(0))
    assert found.fan_speeds == (FanSpeed(0),) * 4
    assert found.clock == 1753431623


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"STATS": None},
        {"STATS": [None, {"MM ID0": None}]},
        {"STATS": [{"MM ID0": {"DNA": 1}, "HBinfo": 3}]},
        {"STATUS": "E"},
    ],
)
def test_nothing_told(answer: Mapping[str, Any]) -> None:
    """Nothing is made up."""
    found = Module.from_answer(answer)
    assert (found.hashrate, found.status, found.serial) == (None, None, None)
    assert (found.boards(), found.fan_speeds, found.power(Supply())) == (None,) * 3
    assert (found.uptime, found.clock) == (None, None)


class Nano3Of2024(EmulatedAvalonNano3):
    """A Nano 3 with firmware 24071801: no `SYSTEMSTATU`, and no `DNA` of its own."""

    number = "020100005581d5b5"

    @override
    def _version(self, request: Json) -> Json:
        answer = super()._version(request)
        row = {"VERSION": "24071801_42c628d", "MAC": self.mac.replace(":", "")}
        answer["VERSION"][0] |= row
        return answer

    @override
    def _module(self) -> str:
        told = super()._module()
        words = "In Work" if self.mining else "In Idle"
        state = f"SYSTEMSTATU[Work: {words}, Hash Board: 1] "
        own = f"DNA[0201{self.mac.replace(':', '')}]"
        assert state in told
        assert own in told
        nothing = f"DNA[0000000000000000] HDNA[{self.number}]"
        return told.replace(state, "").replace(own, nothing)


async def test_stop_of_a_nano3_of_2024(run: Runner) -> None:
    """Only its switch and its hash rate tell that it rests."""
    device = await run(Nano3Of2024, time_scale=100.0)
    bench = await link(device)
    assert (await bench.refresh()).status is MinerStatus.ON
    await bench.controller.stop_mining()
    await until(lambda: not device.mining)
    seen = await bench.refresh()
    assert (seen.status, seen.hashrate) == (MinerStatus.IDLE, HashRate(0))
    assert seen.presets == Presets(("low", "medium", "high"), "high")
    await bench.controller.start_mining()
    await until(lambda: device.mining)
    device.machine.settle()
    assert (await bench.refresh()).status is MinerStatus.ON


async def test_identity_of_a_nano3_of_2024(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is known by address and number; another number is another device."""
    device = await run(Nano3Of2024)
    bench = await link(device)
    found = bench.capabilities
    assert (found.mac, found.serial) == (device.mac, device.number)
    assert found.firmware_version == "24071801_42c628d"
    await bench.refresh()
    monkeypatch.setattr(device, "number", "020100005581ffff")
    with pytest.raises(IdentityMismatchError):
        await bench.refresh()


@pytest.mark.parametrize(
    ("stored", "number"),
    [
        # What earlier releases stored of numbers that look like one.
        ("201000012345678", "0201000012345678"),
        ("inf", "02010000123e4567"),
        ("0", "020100005581d5b5"),
        ("020100005581d5b5", "020100005581d5b5"),
    ],
)
async def test_number_that_was_stored_as_a_number(
    run: Runner, monkeypatch: pytest.MonkeyPatch, stored: str, number: str
) -> None:
    """A device that was linked long ago is no stranger."""
    device = await run(Nano3Of2024)
    bench = await link(device)
    monkeypatch.setattr(device, "number", number)
    old = bench.capabilities.as_dict() | {"mac": None, "serial": stored}
    controller = make_controller(
        type(bench.capabilities).from_dict(old), host=device.address
    )
    assert (await controller.async_refresh(bench.features)).status is MinerStatus.ON


async def test_features_of_an_avalon_without_a_list_of_options(run: Runner) -> None:
    """What old firmware has always taken is offered."""
    found = (await link(await run(Nano3Of2024))).features
    assert {F.MINING_CONTROL, F.PRESET_CONTROL, F.LOCATE_CONTROL} <= found
    assert F.INTERNAL_FAN_CONTROL not in found
