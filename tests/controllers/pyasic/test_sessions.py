"""Logins and sessions: checked when linking, and made anew once they have ended."""

from collections.abc import Mapping
from typing import Any, override

import pytest

from custom_components.miner_control.controllers.errors import (
    CommandRefusedError,
    ControllerAuthError,
    ControllerError,
)
from custom_components.miner_control.domain.features import MinerStatus
from emulation import (
    EmulatedBraiins,
    EmulatedLuxOs,
    EmulatedMiner,
    EmulatedWhatsminer,
    EmulatedWhatsminerV3,
    Fault,
)
from emulation.cgminer import CgminerRpc
from emulation.network import RPC_PORT, Endpoint
from tests.emulation.support import until

from .bench import Bench, F, changing, link
from .conftest import Runner

LOGGED_IN: list[type[EmulatedMiner]] = [
    EmulatedBraiins,
    EmulatedWhatsminer,
    EmulatedWhatsminerV3,
]
OF_SESSIONS: list[type[EmulatedMiner]] = [
    EmulatedBraiins,
    EmulatedLuxOs,
    EmulatedWhatsminerV3,
]
OWN_PASSWORD = {"password": "s3cret"}


def kinds(*params: type[EmulatedMiner]) -> pytest.MarkDecorator:
    """Return a mark that tries some kinds of devices."""
    return pytest.mark.parametrize("kind", params, ids=lambda kind: kind.kind)


class TestLinking:
    """A login is tried when a device is linked with one."""

    @kinds(*LOGGED_IN)
    async def test_wrong_password(self, kind: type[EmulatedMiner], run: Runner) -> None:
        """It is refused at once, not when it is first needed."""
        device = await run(kind, **OWN_PASSWORD)
        told = changing(device)
        with pytest.raises(ControllerAuthError):
            await link(device, password="wrong")
        assert not device.locating
        assert told() == []

    @kinds(*LOGGED_IN)
    async def test_right_password(self, kind: type[EmulatedMiner], run: Runner) -> None:
        """Nothing of the device is changed by the trial."""
        device = await run(kind, **OWN_PASSWORD)
        bench = await link(device, **OWN_PASSWORD)
        assert F.MINING_CONTROL in bench.features
        assert device.mining
        assert not device.locating
        await bench.controller.stop_mining()
        assert not device.mining

    async def test_usual_password(self, run: Runner) -> None:
        """Without one the usual is tried, where nothing is read without a login."""
        with pytest.raises(ControllerAuthError):
            await link(await run(EmulatedBraiins, **OWN_PASSWORD))
        assert (await link(await run(EmulatedBraiins))).capabilities.mac

    @kinds(EmulatedWhatsminer, EmulatedWhatsminerV3)
    async def test_closed_interface(
        self, kind: type[EmulatedMiner], run: Runner
    ) -> None:
        """Where it takes no command, a password cannot be tried, and is not refused."""
        device = await run(kind, api_open=False, **OWN_PASSWORD)
        bench = await link(device, **OWN_PASSWORD)
        with pytest.raises(CommandRefusedError, match="does not let its API write"):
            await bench.controller.stop_mining()

    async def test_light_that_is_on(self, run: Runner) -> None:
        """Whatever somebody set stays."""
        device = await run(EmulatedWhatsminerV3)
        device.locating = True
        await link(device, password="super")
        assert device.locating


class TestSessions:
    """What the device has ended is begun anew before a command fails."""

    @kinds(*OF_SESSIONS)
    async def test_session_that_ended(
        self, kind: type[EmulatedMiner], run: Runner
    ) -> None:
        """The next reading and the next command are as good as the first."""
        device: Any = await run(kind)
        bench = await link(device)
        await bench.controller.stop_mining()
        assert not device.mining
        for _ in range(2):
            device.end_sessions()
            assert (await bench.refresh()).status is MinerStatus.IDLE
            device.end_sessions()
            await bench.controller.start_mining()
            assert device.mining
            device.end_sessions()
            await bench.controller.stop_mining()
            assert not device.mining

    @kinds(*OF_SESSIONS)
    async def test_reboot(self, kind: type[EmulatedMiner], run: Runner) -> None:
        """No session outlasts it."""
        device: Any = await run(kind)
        bench = await link(device)
        await bench.controller.set_locating(locating=True)
        device.reboot()
        await until(lambda: bool(device.ready))
        await bench.controller.set_locating(locating=False)
        assert device.locating is False

    @kinds(EmulatedBraiins, EmulatedWhatsminerV3)
    async def test_password_that_was_changed(
        self, kind: type[EmulatedMiner], run: Runner
    ) -> None:
        """That the login is refused is told as that."""
        device: Any = await run(kind)
        bench = await link(device)
        device.password = "changed"
        device.end_sessions()
        with pytest.raises(ControllerAuthError):
            await bench.controller.stop_mining()
        assert device.mining

    async def test_readings_without_a_login(self, run: Runner) -> None:
        """Braiins OS tells nothing then, and asks for one."""
        bench = await link(await run(EmulatedBraiins))
        await bench.refresh()
        bench.device.end_sessions()
        bench.device.fault = Fault.REJECT_LOGIN
        with pytest.raises(ControllerAuthError):
            await bench.refresh()
        bench.device.fault = None
        assert (await bench.refresh()).status is MinerStatus.ON


class TestLuxOs:
    """It lets one client at a time change it."""

    @pytest.fixture
    async def lux(self, run: Runner) -> Bench:
        """Return a device and its controller."""
        return await link(await run(EmulatedLuxOs))

    async def test_session_is_given_back(self, lux: Bench) -> None:
        """Others may change the device right after a command."""
        await lux.controller.stop_mining()
        assert lux.device.session == ""

    async def test_session_of_somebody_else(self, lux: Bench) -> None:
        """It is used, since there can be no other, and is not ended."""
        lux.device.occupy()
        theirs = lux.device.session
        await lux.controller.stop_mining()
        assert not lux.device.mining
        assert lux.device.session == theirs

    async def test_readings_need_none(self, lux: Bench) -> None:
        """Whoever only looks keeps nobody out."""
        lux.device.requests.clear()
        await lux.refresh()
        assert not any("logon" in name for name in lux.device.requests)

    @pytest.mark.parametrize("managed", [True, False])
    async def test_thermal_management(self, lux: Bench, *, managed: bool) -> None:
        """It is put aside while a profile is set, and as it was afterwards."""
        lux.device.managed = managed
        await lux.controller.select_preset("290MHz")
        assert lux.device.profile == "290MHz"
        assert lux.device.managed is managed

    async def test_thermal_management_after_a_failure(self, lux: Bench) -> None:
        """Also where the profile is refused."""
        lux.device.managed = True
        lux.device.inject(Fault.HTTP_500, on="rpc:profileset")
        with pytest.raises(ControllerError):
            await lux.controller.select_preset("290MHz")
        assert lux.device.managed
        assert lux.device.profile == "default"


class OldPortOpen(EmulatedWhatsminerV3):
    """One whose older port refuses everything, and does not name its maker."""

    ports = (RPC_PORT, *EmulatedWhatsminerV3.ports)

    @override
    def endpoints(self) -> Mapping[int, Endpoint]:
        return {**super().endpoints(), RPC_PORT: CgminerRpc("", {})}


@kinds(EmulatedWhatsminerV3, OldPortOpen)
async def test_whatsminer_is_found_by_its_newer_port(
    kind: type[EmulatedMiner], run: Runner
) -> None:
    """Whatever the older one says."""
    bench = await link(await run(kind))
    assert bench.capabilities.library_class == "BTMinerM60SVK40"
    assert (await bench.refresh()).status is MinerStatus.ON


async def test_braiins_that_was_stopped_altogether(run: Runner) -> None:
    """It is started, since there is nothing to resume."""
    bench = await link(await run(EmulatedBraiins))
    bench.device.started = False
    bench.device.pause()
    assert (await bench.refresh()).status is MinerStatus.IDLE
    await bench.controller.start_mining()
    assert bench.device.mining


class TestBoardsThatFail:
    """Without them, the rest is told."""

    @pytest.mark.parametrize(
        ("kind", "question"),
        [
            (EmulatedWhatsminerV3, "rpc:get.miner.status:edevs"),
            (EmulatedBraiins, "grpc:GetHashboards"),
            (EmulatedLuxOs, "rpc:*devs*"),
        ],
        ids=["whatsminer_v3", "braiins", "luxos"],
    )
    @pytest.mark.parametrize("fault", [Fault.HTTP_500, Fault.MISSING], ids=str)
    async def test_boards(
        self, kind: type[EmulatedMiner], question: str, fault: Fault, run: Runner
    ) -> None:
        """The hash rate is that of the device, and never a sum that lacks a board."""
        bench = await link(await run(kind))
        await bench.refresh()
        bench.device.inject(fault, on=question)
        seen = await bench.refresh()
        assert seen.status is MinerStatus.ON
        assert seen.hashrate is None or seen.hashrate.value == pytest.approx(
            bench.device.hashrate, rel=0.01
        )
        assert seen.hashboards is None or not any(b.hashrate for b in seen.hashboards)

    @kinds(*OF_SESSIONS)
    async def test_stopped_at_once(
        self, kind: type[EmulatedMiner], run: Runner
    ) -> None:
        """Means of the time before are no hash rate, and no proof."""
        bench = await link(await run(kind))
        assert (await bench.refresh()).status is MinerStatus.ON
        await bench.controller.stop_mining()
        seen = await bench.refresh()
        assert seen.status is MinerStatus.IDLE
        assert seen.hashrate
        assert seen.hashrate.value == 0
        assert all(not b.hashrate.value for b in seen.hashboards or () if b.hashrate)

    @kinds(*OF_SESSIONS)
    async def test_told_to_mine_and_hashing_nothing(
        self, kind: type[EmulatedMiner], run: Runner
    ) -> None:
        """The device's own word is passed on, and no mean stands for the present."""
        bench = await link(await run(kind))
        bench.device.machine.halt()
        seen = await bench.refresh()
        assert seen.status is not MinerStatus.IDLE
        assert seen.hashrate
        assert seen.hashrate.value == 0


async def test_events_of_luxos(run: Runner) -> None:
    """What goes on is an error; what nobody tells is none of them known."""
    bench = await link(await run(EmulatedLuxOs))
    bench.device.events = [
        {"Code": "NOPIC", "Description": "Miner shutdown.", "Target": "MINER"},
        {"Code": "X", "Description": "Board reboot.", "ID": 0, "Target": "BOARD"},
    ]
    operation = (await bench.refresh()).operation
    assert operation
    assert operation.errors == ("Miner shutdown.", "Board reboot. (board 0)")
    bench.device.inject(Fault.HTTP_500, on="rpc:events")
    bench.controller.forget_connection()
    operation = (await bench.refresh()).operation
    assert operation
    assert operation.errors is None
    assert operation.active_pool
