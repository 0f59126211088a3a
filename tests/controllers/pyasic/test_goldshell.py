"""Goldshell's own firmware.

Answers are those that goldshell-box-tools (crProductGuy, 2026) recorded of an SC5 Pro
II and an SC Lite (both 2.2.0) and of an SC-BOX (2.2.5), pyasic#107 of a KD-Box II
(2024), and miner-hub and pyasic#366 tell of a Byte; what belongs to a person is
replaced.
"""

import asyncio
from contextlib import nullcontext
from datetime import timedelta
import json
from time import monotonic
from typing import Any
from unittest.mock import AsyncMock

import pytest

from custom_components.miner_control.controllers.errors import (
    CommandRefusedError,
    ControllerUnreachableError,
    UnsupportedError,
)
from custom_components.miner_control.controllers.network.address import NetworkAddress
from custom_components.miner_control.controllers.network.http import Page
from custom_components.miner_control.controllers.pyasic import interface
from custom_components.miner_control.controllers.pyasic.device import PyasicDevice
from custom_components.miner_control.controllers.pyasic.dialects import (
    Dialect,
    dialect_for,
    goldshell,
)
from custom_components.miner_control.domain.features import (
    MinerFeatureType,
    MinerStatus,
)
from custom_components.miner_control.domain.snapshot import Snapshot
from custom_components.miner_control.domain.status import is_mining
from custom_components.miner_control.domain.values import (
    FanSpeed,
    Frequency,
    Hashboard,
    HashRate,
    HashRateUnit,
    Power,
    Temperature,
)
from emulation.network import Json

EVERYTHING = frozenset(MinerFeatureType)
MAC = "00:11:22:33:44:56"
OWN = "password=eaa64304203575cd240678a9a3464fa8"
POOL = "stratum+tcp://pool.example:3333"
PLANS = [
    {"level": 0, "info": "700 MHz 11750 V 30 RPM 30 RPM PV 11900"},
    {"level": 2, "info": "513 MHz 10700 V 50 RPM 50 RPM PV 11900"},
    {"level": 3, "info": "0 MHz 0 V 100 RPM 100 RPM"},
]
# Hash rate of now, heat of chips and board.
SC5 = (
    (3301758.726, 90.0, 77.75),
    (3645982.514, 86.0, 77.0),
    (3473522.178, 89.0, 79.44),
    (3730283.154, 84.0, 72.75),
)
FANS = (3240, 3240, 3360, 3360)


def board(number: int, rate: float, chip: float, pcb: float, **other: Any) -> Json:
    """Return what is told of a board."""
    heat = {"tstemp-0": chip, "tstemp-1": chip, "tstemp-2": pcb}
    fans = {f"fan{fan}": rpm for fan, rpm in enumerate(FANS)}
    rates = {"MHS av": 3482563.164, "MHS 20s": rate}
    told = {"clock": 700.0, "overheat": 0, "estimate_hash_rate": 14e12}
    return {"PGA": number, "ID": number, **rates, **heat, **fans, **told, **other}


def settings(**other: Any) -> Json:
    """Return what the settings are; the name is the MAC address, after a space."""
    manual = {"manual": False, "manualPowerplan": PLANS[0]["info"]}
    told = {"select": 0, "powerplans": PLANS, "tempcontrol": True, "version": "v1.0"}
    return {"name": f" {MAC}", **told, **manual, **other}


class Device:
    """A device that keeps its settings; nothing is contacted."""

    def __init__(
        self,
        boards: list[Json] | None = None,
        library_class: str = "GoldshellUnknown",
        model: str | None = "Goldshell SC5ProII",
        **changed: Any,
    ) -> None:
        """Tell what was recorded of an SC5 Pro II, or what is given."""
        rows = (board(n, *row) for n, row in enumerate(SC5))
        self.settings: Json = settings(**changed)
        self.heeds = True
        host = "192.0.2.1"
        address = NetworkAddress(host=host, password="0wn")
        self.memory: dict[str, Any] = {}
        self.dialect: Dialect = dialect_for(
            PyasicDevice.rebuild(host, library_class, None, address, model),
            self.memory,
        )
        self.told: dict[str, list[Json]] = {
            "SUMMARY": [
                {"Elapsed": 8317, "MHS av": 13985507.461, "MHS 20s": 13940237.455}
                | {"Accepted": 1670, "Rejected": 0, "Best Share": 153044691.73}
            ],
            "DEVS": list(rows) if boards is None else boards,
            "DEVDETAILS": [{"DEVDETAILS": n, "chips-nr": 84} for n in range(4)],
            "POOLS": [
                {"URL": "stratum+tcp://other.example:1", "Stratum Active": False},
                {"URL": POOL, "Stratum Active": True},
            ],
        }
        rpc, web = self.dialect.miner.rpc, self.dialect.miner.web
        rpc.multicommand = AsyncMock(return_value={})
        for name, table in self.told.items():
            answer = AsyncMock(return_value={name: table})
            setattr(rpc, name.lower(), answer)
        shown: Any = self.dialect.device
        shown.page = AsyncMock(side_effect=lambda _: dict(self.settings))
        web.set_setting = AsyncMock(side_effect=self._set)

    def _set(self, values: Json) -> None:
        """Take what is written."""
        if self.heeds:
            self.settings = values

    async def read(self) -> Snapshot:
        """Read everything."""
        return await self.dialect.read_extras(EVERYTHING)


async def test_everything() -> None:
    """The SC5 Pro II has four fans and boards; pyasic knows only heat of boards."""
    seen = await Device().read()
    assert seen.hashrate is not None
    assert seen.hashrate.unit is HashRateUnit.TH
    assert seen.hashrate.value == pytest.approx(13.940237455)
    assert seen.expected_hashrate is None
    assert (seen.status, seen.power) == (MinerStatus.ON, None)
    assert seen.chip_temperature == Temperature(90)
    assert seen.board_temperature == Temperature(79.44)
    assert seen.frequency == Frequency(700)
    assert seen.internal_fan_speeds == tuple(map(FanSpeed, FANS))
    assert seen.hashboards is not None
    assert len(seen.hashboards) == len(SC5)
    assert seen.hashboards[1] == Hashboard(
        chip_temperature=Temperature(86),
        board_temperature=Temperature(77),
        frequency=Frequency(700),
        hashrate=HashRate(3.645982514),
        chips=84,
    )


async def test_work() -> None:
    """The uptime is the miner's, and the pool the one that is worked for."""
    operation = (await Device().read()).operation
    assert operation is not None
    assert operation.uptime == timedelta(seconds=8317)
    assert (operation.shares_accepted, operation.shares_rejected) == (1670, 0)
    assert (operation.active_pool, operation.errors) == (POOL, ())


async def test_board_that_is_absent() -> None:
    """An SC-BOX that lost its board tells -150 degrees, and no clock."""
    device = Device([board(0, 0.0, 0.0, -150.0, clock=0.0)])
    device.told["SUMMARY"][0]["MHS 20s"] = 0.0
    seen = await device.read()
    assert (seen.hashrate, seen.status) == (HashRate(0), None)
    assert (seen.chip_temperature, seen.board_temperature) == (None, None)
    assert seen.frequency is None


async def test_board_with_two_sensors() -> None:
    """A Mini-DOGE has one sensor for its chips, and the next for its board."""
    row = board(0, 174.432, 80.0, 0.0, estimate_hash_rate=187252747.253)
    row = {**row, "tstemp-1": 77.25}
    del row["tstemp-2"]
    device = Device([row], "GoldshellMiniDoge", None)
    seen = await device.read()
    assert seen.chip_temperature == Temperature(80)
    assert seen.board_temperature == Temperature(77.25)
    assert seen.expected_hashrate is not None
    assert seen.expected_hashrate.to(HashRateUnit.MH) == pytest.approx(187.252747253)


async def test_fan_of_an_older_firmware() -> None:
    """A KD-Box II tells of its fans by one figure."""
    told = board(0, 4986841.201, 50.0, 77.25)
    row = {name: told[name] for name in told if not name.startswith("fan")}
    assert (await Device([row]).read()).internal_fan_speeds is None
    row["fanspeed"] = 2160
    assert (await Device([row]).read()).internal_fan_speeds == (FanSpeed(2160),)


async def test_heat_that_is_too_much() -> None:
    """A board that is too hot is an error."""
    device = Device([board(0, *SC5[0]), board(1, *SC5[1], overheat=1)])
    operation = (await device.read()).operation
    assert operation is not None
    assert operation.errors == ("overheat (board 1)",)


class TestByte:
    """Its boards are cards, each with its own fan, power and algorithm."""

    @staticmethod
    def device(*kinds: str) -> Device:
        """Return a Byte with some cards."""
        cards = [
            board(n, 174.0, 70.0, 60.0, pool=kind, **{f"fan{n}": 1000 * (n + 1)})
            for n, kind in enumerate(kinds)
        ]
        device = Device(cards, "GoldshellByte", "Byte", idlemode=False)
        infos = [{"power": "65.5", "time": "100"} for _ in cards]
        device.dialect.miner.web.devs = AsyncMock(
            return_value={"minfos": [{"name": "x", "infos": [row]} for row in infos]}
        )
        return device

    @pytest.mark.parametrize(
        ("kinds", "algorithm"),
        [
            (["scrypt(LTC)", "scrypt(LTC)"], "Scrypt"),
            (["zkSNARK(ALEO)"], "zkSNARK"),
            (["scrypt(LTC)", "zkSNARK(ALEO)"], "Generic (Unknown)"),
            ([], "Generic (Unknown)"),
        ],
    )
    async def test_algorithm(self, kinds: list[str], algorithm: str) -> None:
        """It is what all cards hash."""
        device = self.device(*kinds)
        await device.read()
        assert device.dialect.algorithm == algorithm

    async def test_cards(self) -> None:
        """All of them count, and there are no more each time."""
        device = self.device("scrypt(LTC)", "scrypt(LTC)")
        for _ in range(3):
            await device.dialect.read_data({"hashboards"})
            seen = await device.read()
        assert seen.power == Power(131)
        assert seen.hashboards is not None
        assert len(seen.hashboards) == 2
        assert device.dialect.miner.expected_hashboards == 0
        assert seen.internal_fan_speeds is not None
        assert seen.internal_fan_speeds[:2] == (FanSpeed(1000), FanSpeed(2000))

    async def test_stop(self) -> None:
        """It has a switch, and no plan that stands still."""
        device = self.device("scrypt(LTC)")
        await device.dialect.stop_mining()
        assert device.settings == settings(idlemode=True)
        device.told["SUMMARY"][0]["MHS 20s"] = 0.0
        assert (await device.read()).status is MinerStatus.IDLE
        await device.dialect.start_mining()
        assert device.settings == settings(idlemode=False)


class TestStop:
    """`select` is the level of a plan, as the firmware's own page has it."""

    @pytest.mark.parametrize(
        "changed",
        [
            {},
            {"select": 2},
            {"manual": True},
            {"powerplans": [PLANS[0], PLANS[2]], "manual": True},
        ],
    )
    async def test_stop_and_start(self, changed: Json) -> None:
        """A start returns to the plan that was left, be it made by hand."""
        device = Device(**changed)
        await device.dialect.stop_mining()
        assert device.settings == settings(**changed) | {
            "select": 3,
            "manual": False,
        }
        device.told["SUMMARY"][0]["MHS 20s"] = 0.0
        assert (await device.read()).status is MinerStatus.IDLE
        await device.dialect.start_mining()
        assert device.settings == settings(**changed)

    async def test_plans_of_each_algorithm(self) -> None:
        """An HS-BOX has plans apart for each algorithm; one of them may not stop."""
        plans = [
            {"algo": "blake2bsha3(HNS)", "mode": PLANS[:2]},
            {"algo": "blake2b(SC)", "mode": PLANS},
        ]
        device = Device(powerplans=plans, algoname="blake2b(SC)")
        assert MinerFeatureType.MINING_CONTROL in await device.dialect.explore()
        await device.dialect.stop_mining()
        assert device.settings["select"] == 3
        device = Device(powerplans=plans, algoname="blake2bsha3(HNS)")
        assert MinerFeatureType.MINING_CONTROL not in await device.dialect.explore()

    async def test_machine_without_such_a_plan(self) -> None:
        """It is not offered; pyasic writes the settings as they are."""
        device = Device(powerplans=PLANS[:2])
        assert MinerFeatureType.MINING_CONTROL not in await device.dialect.explore()
        with pytest.raises(UnsupportedError):
            await device.dialect.stop_mining()

    async def test_stop_of_somebody_else(self) -> None:
        """What was left is not known: it starts as it was sold."""
        device = Device(select=3)
        device.told["SUMMARY"][0]["MHS 20s"] = 0.0
        assert (await device.read()).status is MinerStatus.IDLE
        await device.dialect.stop_mining()
        device.dialect.miner.web.set_setting.assert_not_called()
        await device.dialect.start_mining()
        assert device.settings == settings()

    async def test_plan_by_hand_that_stands(self) -> None:
        """A clock of 0 MHz is a stop, whatever is selected besides."""
        device = Device(manual=True, manualPowerplan="0 MHz 0 V 100 RPM 100 RPM")
        device.told["SUMMARY"][0]["MHS 20s"] = 0.0
        assert (await device.read()).status is MinerStatus.IDLE
        await device.dialect.start_mining()
        assert device.settings["manual"] is False

    async def test_start_of_one_that_mines(self) -> None:
        """Nothing is written: it may mine by a plan that somebody chose."""
        device = Device(select=2)
        await device.dialect.start_mining()
        device.dialect.miner.web.set_setting.assert_not_called()

    @pytest.mark.parametrize("left", [0.0, 0.05, 0.5])
    async def test_mean_that_falls(self, left: float) -> None:
        """Half of it gone is proof of a stop, and the plan that is selected is none."""
        device = Device(select=3)
        snapshot = await device.read()
        assert is_mining(snapshot) is True
        device.told["SUMMARY"][0]["MHS 20s"] *= left
        snapshot = await device.read()
        assert snapshot.status is MinerStatus.IDLE
        assert is_mining(snapshot) is False

    @pytest.mark.parametrize(
        ("left", "status"), [(0.0, "idle"), (0.05, "idle"), (1.0, "on")]
    )
    async def test_device_that_goes_on(
        self, monkeypatch: pytest.MonkeyPatch, left: float, status: str
    ) -> None:
        """What is left of a mean is soon gone; one that takes a stop may mine on."""
        device = Device(select=3)
        assert (await device.read()).status is None
        now = monotonic() + goldshell._LEFT_OVER
        monkeypatch.setattr(goldshell, "monotonic", lambda: now)
        device.told["SUMMARY"][0]["MHS 20s"] *= left
        assert (await device.read()).status == status

    async def test_device_that_does_not_heed(self) -> None:
        """What it took is seen in its settings."""
        device = Device()
        device.heeds = False
        with pytest.raises(CommandRefusedError):
            await device.dialect.stop_mining()


class Pages:
    """The pages of a device, in place of `fetch`: each wants the token of now."""

    def __init__(
        self, token: str | None = "now", refusal: int = 500, status: int = 200
    ) -> None:
        """Give a token to whoever logs in, or refuse all; tell a state or none."""
        self.token = token
        self.refusal, self.status = refusal, status
        self.settings = settings()
        self.asked: list[str] = []

    async def __call__(self, url: str, *, headers: Json | None = None) -> Page:
        """Return a page."""
        path = url.removeprefix("http://192.0.2.1:80")
        self.asked.append(path.partition("?")[0])
        if path.startswith("/user/login"):
            if self.token is None or not path.endswith(f"{OWN}&cipher=true"):
                return Page(self.refusal, "no")
            return Page(200, json.dumps({"JWT Token": self.token}))
        if path == "/mcb/status":
            return Page(self.status, json.dumps({"firmware": "2.2.0"}))
        if headers != {"Authorization": f"Bearer {self.token}"}:
            return Page(401, "Unauthorized")
        return Page(200, json.dumps(self.settings))


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> Pages:
    """Have all devices show the same pages."""
    shown = Pages()
    monkeypatch.setattr(goldshell, "fetch", shown)
    return shown


class TestLogin:
    """Newer firmware wants its password in a way of its own."""

    @staticmethod
    def device(token: str | None = None, auth: Any = None) -> Device:
        """Return a device that is known by a token, and shows its pages."""
        device = Device()
        # It was put in place of the method of the class.
        del device.dialect.device.page
        web = device.dialect.miner.web
        web.token, web.auth = token, AsyncMock(side_effect=auth, return_value=None)
        return device

    async def test_own_password(self, pages: Pages) -> None:
        """It is tried first: pyasic hides nothing but the one of all machines."""
        device = self.device()
        assert await device.dialect.read_mac() == f" {MAC}"
        assert device.dialect.miner.web.token == "now"
        assert pages.asked == ["/user/login", "/mcb/setting"]

    def test_password_is_sent_as_the_page_sends_it(self) -> None:
        """Pyasic holds the one of all machines in this form."""
        told = goldshell._hidden("123456789")
        assert told == "bbad7537f4c8b6ea31eea0b3d760e257"

    @pytest.mark.parametrize("token", ["before", "now"])
    @pytest.mark.parametrize("in_round", [True, False])
    async def test_login_that_ended(
        self, pages: Pages, token: str, *, in_round: bool
    ) -> None:
        """It is renewed for what was asked, also before a command."""
        device = self.device(token)
        with device.dialect.round(EVERYTHING) if in_round else nullcontext():
            assert await device.dialect.read_mac() == f" {MAC}"
            assert (await device.dialect.read_signs()).mac == f" {MAC}"
        device.dialect.miner.web.set_setting = AsyncMock(
            side_effect=pages.settings.update
        )
        await device.dialect.stop_mining()
        assert pages.settings["select"] == 3
        assert pages.asked.count("/user/login") == (token != "now")

    @pytest.mark.parametrize(
        ("refusal", "status", "refuses"),
        [(401, 200, True), (200, 200, True), (500, 200, True), (500, 500, False)],
    )
    async def test_refusal(
        self, pages: Pages, refusal: int, status: int, *, refuses: bool
    ) -> None:
        """A wrong password may look like a device that boots, but for its state."""
        pages.token, pages.refusal, pages.status = None, refusal, status
        device = self.device(auth=UnboundLocalError)
        assert await device.dialect.refuses_login() is refuses
        with pytest.raises(ControllerUnreachableError):
            await device.dialect.stop_mining()

    async def test_device_that_does_not_answer(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It refuses nothing."""
        monkeypatch.setattr(goldshell, "fetch", AsyncMock(side_effect=OSError))
        device = self.device()
        assert await device.dialect.refuses_login() is False
        device.dialect.miner.web.auth.assert_not_called()

    async def test_readings_without_a_login(self, pages: Pages) -> None:
        """They need none, and do not try again and again."""
        pages.token = None
        device = self.device()
        for _ in range(3):
            with device.dialect.round(EVERYTHING):
                seen = await device.read()
                await device.dialect.read_signs()
            assert (seen.status, seen.chip_temperature) == (
                MinerStatus.ON,
                Temperature(90),
            )
        assert pages.asked.count("/user/login") == 1

    async def test_pages_that_hang(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """They cost what rests on them, and little time."""

        async def hang(*_: Any, **__: Any) -> None:
            await asyncio.sleep(60)

        monkeypatch.setattr(goldshell, "fetch", hang)
        monkeypatch.setattr(interface, "QUESTION_TIMEOUT", 0.05)
        device = self.device("now")
        with device.dialect.round(EVERYTHING):
            async with asyncio.timeout(5):
                assert (await device.read()).chip_temperature == Temperature(90)
        async with asyncio.timeout(5):
            assert await device.dialect.read_mac() is None


async def test_what_is_asked_together() -> None:
    """All that is wanted comes in one answer, and nothing else."""
    device = Device()
    api = device.dialect.device._rpc
    assert api is not None
    rpc, asked = device.dialect.miner.rpc, []
    for name in device.told:
        delattr(rpc, name.lower())
    rpc.multicommand = api.multicommand

    async def send(command: str, **_: Any) -> Json:
        asked.append(command)
        return {
            name: [{name.upper(): device.told[name.upper()]}]
            for name in command.split("+")
        }

    api._bare = send
    for wanted, together in (
        (EVERYTHING, "devdetails+devs+pools+summary"),
        (frozenset({MinerFeatureType.HASHRATE_MONITORING}), "devs+summary"),
    ):
        asked.clear()
        with device.dialect.round(wanted):
            await device.dialect.read_data(())
            seen = await device.dialect.read_extras(wanted)
        assert asked == [together]
        assert seen.hashrate is not None


async def test_nothing_is_made_up() -> None:
    """A device that tells nothing is known by nothing."""
    device = Device()
    for name in ("summary", "devs", "devdetails", "pools"):
        setattr(device.dialect.miner.rpc, name, AsyncMock(side_effect=OSError))
    device.settings = {}
    assert await device.read() == Snapshot(status=MinerStatus.UNKNOWN)
