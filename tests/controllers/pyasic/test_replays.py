"""Answers of real devices, piece by piece, put into what emulated ones tell."""

from collections.abc import Callable
from typing import Any, ClassVar, override

import pytest

from custom_components.miner_control.domain.features import MinerStatus
from custom_components.miner_control.domain.snapshot import Snapshot
from custom_components.miner_control.domain.values import (
    FanSpeed,
    Hashboard,
    HashRate,
    HashRateUnit,
    Presets,
    Temperature,
)
from emulation import EmulatedAntminerS21, EmulatedVnish, EmulatedWhatsminer
from emulation.antminer import EmulatedAntminerS9
from emulation.network import Json
from tests.emulation.support import until

from .bench import Bench, F, link
from .conftest import Runner

WITHOUT_MINUTES = ("MHS 5s", "MHS 1m", "MHS 5m", "MHS 15m")


def told_by(device: Any, change: Callable[[str, Json], object]) -> None:
    """Have rows changed of what a device tells, alone or joined, by their heading."""

    def tamper(_name: str, answer: Any) -> Any:
        if isinstance(answer, dict):
            for heading, part in answer.items():
                for row in part if isinstance(part, list) else ():
                    tamper("", row)
                    change(heading, row)
        return answer

    device.tamper = tamper


class TestWhatsminer:
    """An M50S with 20230803.11.REL (asic-rs' recording), an immersed M30S (pyasic#22).

    The first tells of its boards no hash rate but the mean since the start, and of the
    whole only that and `HS RT`; of its supply no voltage.
    """

    @staticmethod
    def as_m50s(name: str, row: Json) -> None:
        """Leave out what an M50S leaves out."""
        for window in WITHOUT_MINUTES if name in ("DEVS", "SUMMARY") else ():
            row.pop(window, None)
        if name == "DEVS":
            row |= {"Factory GHS": 42000, "Slot": row.pop("ASC")}

    async def test_hash_rate_without_the_mean_of_a_minute(self, run: Runner) -> None:
        """The present rate is shown, and all of each board but what it hides."""
        device = await run(EmulatedWhatsminer)
        told_by(device, self.as_m50s)
        bench = await link(device)
        seen = await bench.refresh()
        assert seen.hashrate is not None
        assert seen.hashrate.value == pytest.approx(device.hashrate, rel=1e-3)
        board = Hashboard(
            chip_temperature=Temperature(
                device.chip_temperature + device.machine.chip_spread
            ),
            board_temperature=Temperature(device.board_temperature),
            frequency=seen.frequency,
            nominal_hashrate=HashRate(42),
            chips=device.rating.chips,
        )
        assert seen.hashboards == (board,) * 3
        assert seen.chip_temperature == board.chip_temperature

    async def test_value_that_a_board_lacks(self, run: Runner) -> None:
        """It costs neither the rest of the board nor those behind it."""
        device = await run(EmulatedWhatsminer)
        bench = await link(device)

        def change(name: str, row: Json) -> None:
            if name == "DEVS" and row["ASC"] == 0:
                for lost in ("Chip Temp Avg", "Chip Temp Max", "PCB SN"):
                    del row[lost]

        told_by(device, change)
        first, *others = (await bench.refresh()).hashboards or ()
        assert first.chip_temperature is None
        assert first.hashrate is not None
        assert len(others) == 2
        assert all(board.chip_temperature and board.hashrate for board in others)

    @pytest.mark.parametrize(
        ("row", "fans"),
        [
            ({"Fan Speed In": 0, "Fan Speed Out": 0}, (FanSpeed(0), FanSpeed(0))),
            ({"Fan Speed In": 0, "Fan Speed Out": 0, "Liquid Cooling": True}, None),
            ({"Fan Speed In": 5400, "Fan Speed Out": None}, (FanSpeed(5400), None)),
            ({"Fan Speed In": None, "Fan Speed Out": None}, None),
        ],
    )
    async def test_fans(
        self, run: Runner, row: Json, fans: tuple[FanSpeed, ...] | None
    ) -> None:
        """A fan that is not told of does not stand still."""
        device = await run(EmulatedWhatsminer)
        bench = await link(device)
        told_by(device, lambda name, told: name == "SUMMARY" and told.update(row))
        assert (await bench.refresh()).internal_fan_speeds == fans


class TestVnish:
    """An S21e XP Hyd. of 2026, and an S19j Pro with 1.2.0-rc3, that others recorded."""

    @staticmethod
    async def seen(
        run: Runner, chain: Json, cooling: Json | None = None
    ) -> tuple[Bench, Snapshot]:
        """Return what is read of a device that tells something else of each chain."""
        device = await run(EmulatedVnish)

        def tamper(name: str, answer: Any) -> Any:
            if name.endswith("/api/v1/summary"):
                miner = answer["miner"]
                miner["cooling"] |= cooling or {}
                for told in miner["chains"]:
                    told.update(chain)
            return answer

        device.tamper = tamper
        bench = await link(device)
        return bench, await bench.refresh()

    async def test_water(self, run: Runner) -> None:
        """Its warmth is told for each board; a fan that stands in a liquid is none."""
        heat = {"chip_temp": {"min": 29, "max": 49}, "pcb_temp": {"min": 29, "max": 51}}
        water = {"inlet_water_temp": 29, "outlet_water_temp": 39}
        fan = {"id": 0, "rpm": 0, "status": "ok", "max_rpm": 6500}
        cooling = {"fans": [fan], "settings": {"mode": {"name": "immersion"}}}
        bench, seen = await self.seen(run, heat | water, cooling)
        assert {F.INLET_TEMPERATURE_MONITORING, F.OUTLET_TEMPERATURE_MONITORING} <= (
            bench.features
        )
        assert seen.inlet_temperature == Temperature(29)
        assert seen.outlet_temperature == Temperature(39)
        assert seen.chip_temperature == Temperature(49)
        assert seen.board_temperature == Temperature(51)
        assert seen.internal_fan_speeds is None

    async def test_sensors_of_an_older_release(self, run: Runner) -> None:
        """Each is told of; one that fails does not count."""
        works, fails = ({"status": word, "temp": 80} for word in ("measure", "error"))
        chain = {
            "pcb_temp": None,
            "chip_temp": None,
            "inlet_water_temp": None,
            "pcb_temp_sens": [works | {"temp": 37}, fails],
            "chip_temp_sens": [works | {"temp": 65}, fails],
        }
        _, seen = await self.seen(run, chain)
        assert seen.board_temperature == Temperature(37)
        assert seen.chip_temperature == Temperature(65)
        assert seen.inlet_temperature is None

    async def test_fan_that_is_lost(self, run: Runner) -> None:
        """It is shown as one that stands."""
        fans = [{"id": n, "rpm": rpm} for n, rpm in enumerate((5820, 0))]
        _, seen = await self.seen(run, {}, {"fans": fans})
        assert seen.internal_fan_speeds == (FanSpeed(5820), FanSpeed(0))


class Z15(EmulatedAntminerS9):
    """A Z15 of July 2020, which counts solutions (AgentScanner's capture)."""

    kind: ClassVar[str] = "antminer-z15"
    model: ClassVar[str] = "Antminer Z15"


@pytest.mark.parametrize(
    ("told", "kilosolutions"),
    [("444313.18", 444.31318), ("227.40", 227.4), (629.01, 629.01), (0, 0)],
)
async def test_equihash(run: Runner, told: object, kilosolutions: float) -> None:
    """Builds differ in the unit of `GHS 5s`, of which none is what it is called."""
    device = await run(Z15)
    told_by(
        device,
        lambda name, row: name in ("SUMMARY", "STATS") and row.update({"GHS 5s": told}),
    )
    bench = await link(device)
    assert bench.capabilities.hashrate_unit is HashRateUnit.KSOL
    seen = await bench.refresh()
    assert seen.hashrate is not None
    assert seen.hashrate.unit is HashRateUnit.KSOL
    assert seen.hashrate.value == pytest.approx(kilosolutions)


class T21(EmulatedAntminerS21):
    """A T21 of September 2024 (AgentScanner): a mode above normal, a share of it."""

    kind: ClassVar[str] = "antminer-t21"
    model: ClassVar[str] = "Antminer T21"
    percent = "90"

    @override
    def configuration(self) -> Json:
        """Tell the share of the hash rate in place of a level, and a lean pool."""
        told = super().configuration()
        del told["bitmain-freq-level"]
        told["pools"] = [*told["pools"][:1], {"url": "", "user": ""}, {}]
        return told | {
            "bitmain-hashrate-percent": self.percent,
            "bitmain-user-ip-cat": False,
        }


async def test_settings_of_a_t21_are_kept(run: Runner) -> None:
    """What its own page writes along is written, empty pools as they are."""
    device = await run(T21)
    bench = await link(device)
    pools = device.configuration()["pools"]
    await bench.controller.stop_mining()
    await until(lambda: not device.mining)
    (written,) = [line for line in device.commands if "set_miner_conf" in line]
    assert '"bitmain-hashrate-percent": "90"' in written
    assert '"bitmain-user-ip-cat": false' in written
    assert "freq-level" not in written
    assert device.configuration()["pools"] == pools


async def test_modes_of_a_t21(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has one that makes more, and none that makes less."""
    device = await run(T21)
    bench = await link(device)
    monkeypatch.setattr(device, "work_mode", 2)
    seen = await bench.refresh()
    assert seen.status is MinerStatus.ON
    assert seen.presets == Presets(("normal", "high", "sleep"), "high")
    assert F.PRESET_CONTROL in bench.features


async def test_s21_that_was_asleep_when_it_booted(run: Runner) -> None:
    """It tells nothing but names until it mines (AgentScanner: S21 of October 2024)."""
    device = await run(EmulatedAntminerS21)
    working = await link(device)
    device.pause()

    def tamper(name: str, answer: Any) -> Any:
        if name == "rpc:stats" or name.endswith("/stats.cgi"):
            answer["STATS"] = answer["STATS"][:1] if name == "rpc:stats" else []
        return answer

    device.tamper = tamper
    bench = await link(device)
    assert bench.features >= working.features - {
        F.POWER_MONITORING,
        F.FAN_SPEED_INTERNAL_MONITORING,
        F.INTERNAL_FAN_CONTROL,
    }
    assert not bench.capabilities.is_complete
    seen = await bench.refresh()
    assert seen.status is MinerStatus.IDLE
    assert seen.hashrate == HashRate(0)
    assert seen.internal_fan_speeds is None
