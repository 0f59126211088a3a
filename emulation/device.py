"""An emulated mining device: its state, its life, and what it keeps record of."""

from abc import ABC, abstractmethod
import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
import ipaddress
import json
from typing import ClassVar, Self

from .clock import Clock
from .faults import ActiveFault, Fault
from .machine import Machine, Rating
from .network import Endpoint, Network, Tamper

# How long a device that is found running at the start has been up.
_AGE = 3600.0
# Time for an answer to leave before the device goes down.
_LAST_WORDS = 0.2


@dataclass(slots=True)
class Pool:
    """A pool that a device works for."""

    url: str
    user: str
    password: str = "x"


def default_pools() -> list[Pool]:
    """Return the pools that a new device is set to."""
    return [
        Pool("stratum+tcp://pool.example.com:3333", "worker.1"),
        Pool("stratum+tcp://backup.example.com:3333", "worker.1"),
    ]


class EmulatedMiner(ABC):
    """A mining device on a loopback address of its own."""

    kind: ClassVar[str]
    model: ClassVar[str]
    ports: ClassVar[tuple[int, ...]]
    rating: ClassVar[Rating]
    oui: ClassVar[str]
    default_password: ClassVar[str] = ""

    def __init__(  # noqa: PLR0913 - every one but the address is optional
        self,
        address: str,
        *,
        mac: str | None = None,
        password: str | None = None,
        warm_up: float = 3.0,
        boot: float = 1.0,
        time_scale: float = 1.0,
        ripple: float = 0.0,
        powered: bool = True,
    ) -> None:
        """Describe a device; it appears on the network with `start`.

        `warm_up` and `boot` are emulated seconds, of which `time_scale` pass
        in a real one. `ripple` is the share by which hash rate and watts
        wander around their true mean.
        """
        self.address = address
        self.mac = (mac or _mac_of(self.oui, address)).lower()
        self.password = self.default_password if password is None else password
        self.boot = boot
        self.powered = powered
        self.pools = default_pools()
        self.locating = False
        # By what its true watts differ from those that it is told, and how late.
        self.watts_factor = 1.0
        self.watts_offset = 0.0
        self.lag = 0.0
        # The watts that it must be told for its boards to hold what it is set to. Below
        # them, its mining begins anew every so many seconds.
        self.holds_from = 0.0
        self.crash_after = 60.0
        self.crashes = 0
        self.reboots = 0
        self.restarts = 0
        self.commands: list[str] = []
        # When each of them came, by its clock.
        self.told_at: list[float] = []
        self.clock = Clock(time_scale)
        self.machine = Machine(
            self.rating,
            self.clock,
            warm_up=warm_up,
            ripple=ripple,
            phase=float(address.rpartition(".")[2]),
        )
        self._network = Network(address, self.endpoints())
        self._ready = asyncio.Event()
        self._plans: list[asyncio.TimerHandle] = []
        self._paused = False
        self._is_crashing = False
        self._up_since = 0.0
        self._at_work_since = 0.0

    # The emulation's own life

    async def start(self) -> None:
        """Appear on the network, running and warm, unless it has no power."""
        try:
            self.appear()
        except OSError:
            await self.stop()
            raise

    def appear(self) -> None:
        """Do what `start` does, for callers that cannot wait."""
        self._network.start()
        if self.powered and not self.ready:
            self._come_up(age=_AGE)
            self.machine.settle()

    async def stop(self) -> None:
        """Leave nothing behind."""
        self._cancel_plans()
        await self._network.stop()

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self.stop()

    # The true state

    @property
    def ready(self) -> bool:
        """Tell whether it has booted."""
        return self._ready.is_set()

    @property
    def paused(self) -> bool:
        """Tell whether it was told not to mine."""
        return self._paused

    @property
    def mining(self) -> bool:
        """Tell whether it is at work, be it still warming up."""
        return self.ready and not self.paused

    @property
    def hashrate(self) -> float:
        """Return the hash rate now in TH/s."""
        return self.machine.hashrate

    @property
    def expected_hashrate(self) -> float:
        """Return the hash rate that it is set to reach in TH/s."""
        return self.rating.hashrate * self.target_load

    @property
    def target_load(self) -> float:
        """Return the share of the rated hash rate that it is set to."""
        return 1.0

    @property
    def target_watts(self) -> float:
        """Return the watts that it will measure itself when it is warm."""
        return self.machine.watts_at(self.target_load)

    @property
    def watts(self) -> float:
        """Return the watts that it draws from the wall now."""
        return self.machine.wall_watts

    @property
    def own_watts(self) -> float:
        """Return the watts that it measures itself, behind its supply."""
        return self.machine.own_watts

    @property
    def energy(self) -> float:
        """Return the kWh that it has drawn from the wall."""
        return self.machine.energy

    @property
    def uptime(self) -> float:
        """Return the seconds since it booted."""
        return self.clock.now() - self._up_since if self.ready else 0.0

    @property
    def elapsed(self) -> int:
        """Return the seconds since the mining software was started."""
        return int(self.clock.now() - self._at_work_since) if self.ready else 0

    @property
    def chip_temperature(self) -> float:
        """Return the mean temperature of the chips in degrees Celsius."""
        return self.machine.chip_temperature

    @property
    def board_temperature(self) -> float:
        """Return the mean temperature of the boards in degrees Celsius."""
        return self.machine.board_temperature

    @property
    def fan_percent(self) -> int:
        """Return the speed of the fans; by load while it is automatic."""
        return round(20 + 60 * min(1.0, self.machine.load)) if self.ready else 0

    @property
    def fan_automatic(self) -> bool:
        """Tell whether the firmware rules the fans."""
        return True

    @property
    def fan_rpm(self) -> int:
        """Return the speed of the fans in turns per minute."""
        return self.rating.fan_rpm * self.fan_percent // 100

    @property
    def preset(self) -> str | None:
        """Return the name of the mode or preset, if the device has such."""
        return None

    @property
    def power_limit(self) -> int | None:
        """Return the watts that it may measure itself, if that can be set."""
        return None

    @property
    def clock_setting(self) -> float | None:
        """The clock in MHz that is set, None where nobody can set it."""
        return None

    @property
    def listeners(self) -> int:
        """How many clients are told by the device itself what changes."""
        return 0

    @property
    def frequency(self) -> float:
        """Return the clock of the chips in MHz, 0 while they rest."""
        return self.rating.frequency * self.target_load if self.mining else 0.0

    # What can be done to it

    async def cut_power(self) -> None:
        """Take its power away: everything goes dark at once."""
        self.power_off()

    async def restore_power(self) -> None:
        """Give it power: it boots, then answers, then warms up."""
        self.power_on()

    def power_off(self) -> None:
        """Do what `cut_power` does, for callers that cannot wait."""
        self._cancel_plans()
        self.powered = False
        self._ready.clear()
        self.machine.off()
        self._network.light(on=False)

    def power_on(self) -> None:
        """Do what `restore_power` does, for callers that cannot wait."""
        if not self.powered:
            self.powered = True
            self._boot()

    async def wait_ready(self) -> None:
        """Wait until it has booted."""
        await self._ready.wait()

    def pause(self) -> None:
        """Stop mining as its own interface would."""
        self._paused = True
        self.apply()

    def resume(self) -> None:
        """Mine again as its own interface would."""
        self._paused = False
        self.apply()

    def reboot(self) -> None:
        """Go down and boot."""
        if self.powered:
            self.reboots += 1
            self._boot()

    def draw(
        self, *, factor: float = 1.0, offset: float = 0.0, lag: float = 0.0
    ) -> None:
        """Draw other watts than it is told, and settle on them later."""
        self.watts_factor, self.watts_offset, self.lag = factor, offset, lag
        self.apply()

    def cannot_hold(self, below: float, *, crash_after: float = 60.0) -> None:
        """Have boards that crash when they are set to draw less than some watts."""
        self.holds_from, self.crash_after = below, crash_after
        self.apply()

    @property
    def holds(self) -> bool:
        """Tell whether the boards can hold what it is set to."""
        return not self.mining or self.target_watts >= self.holds_from

    def restart_mining(self) -> None:
        """Restart the mining software without a reboot."""
        self.restarts += 1
        self.machine.halt()
        self._begin_work()

    def end_sessions(self) -> None:  # noqa: B027 - many have none
        """Make every login worthless."""

    # Faults and records

    @property
    def fault(self) -> Fault | None:
        """Return the fault that is in force; it can be set at any time."""
        return self._network.active.fault if self._network.active else None

    @fault.setter
    def fault(self, fault: Fault | None) -> None:
        self.inject(fault)

    @property
    def active_fault(self) -> ActiveFault | None:
        """Return the fault that is in force with the requests that it hits."""
        return self._network.active

    def inject(self, fault: Fault | None, *, on: str = "*", delay: float = 2.0) -> None:
        """Put a fault in force for requests whose name fits a pattern.

        Names are those of `requests`, or `port:80` for a whole port; `delay`
        is the lateness of `Fault.SLOW` in real seconds.
        """
        self._network.inject(ActiveFault(fault, on, delay) if fault else None)

    @property
    def tamper(self) -> Tamper | None:
        """Return who puts other answers in the place of the device's own."""
        return self._network.tamper

    @tamper.setter
    def tamper(self, tamper: Tamper | None) -> None:
        self._network.tamper = tamper

    @property
    def login_rejected(self) -> bool:
        """Tell whether no login may succeed."""
        return self.fault is Fault.REJECT_LOGIN

    @property
    def requests(self) -> Counter[str]:
        """Return how often each request came, by its name."""
        return self._network.requests

    @property
    def connections(self) -> int:
        """Return how many connections were made to it."""
        return self._network.connections.total

    @property
    def open_connections(self) -> int:
        """Return how many connections are open now."""
        return self._network.connections.open

    @property
    def peak_connections(self) -> int:
        """Return how many connections were open at the same time at most."""
        return self._network.connections.peak

    # For the models

    @abstractmethod
    def endpoints(self) -> Mapping[int, Endpoint]:
        """Return who answers on each port."""

    def paused_after_boot(self) -> bool:
        """Tell whether a stop outlasts a reboot."""
        return False

    def record(self, name: str, arguments: object = None) -> None:
        """Write down a request that changes something."""
        text = f" {json.dumps(arguments, sort_keys=True)}" if arguments else ""
        self.commands.append(f"{name}{text}")
        self.told_at.append(self.clock.now())

    def apply(self) -> None:
        """Bring the machine to what it is set to."""
        if not self.ready:
            return
        if self.paused:
            self.machine.idle()
        else:
            watts = self.target_watts * self.watts_factor + self.watts_offset
            self.machine.hash_at(self.target_load, watts, self.lag)
        if not self.holds and not self._is_crashing:
            self._is_crashing = True
            self.later(self.crash_after, self._crash)

    def _crash(self) -> None:
        """Begin the mining anew by itself, unless it can hold what it is set to."""
        self._is_crashing = False
        if not self.holds:
            self.crashes += 1
            self.machine.halt()
            self._begin_work()

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Do something after a number of emulated seconds, if still up then."""
        loop = asyncio.get_running_loop()
        self._plans = [plan for plan in self._plans if plan.when() > loop.time()]
        delay = max(0.0, seconds) / self.clock.scale
        self._plans.append(loop.call_later(delay, action))

    def reboot_soon(self) -> None:
        """Reboot as soon as the answer has been sent."""
        self.later(_LAST_WORDS, self.reboot)

    # Boot

    def _boot(self) -> None:
        self._cancel_plans()
        self._ready.clear()
        self.machine.boot()
        self._network.light(on=False)
        self.later(self.boot, self._come_up)

    def _come_up(self, age: float = 0.0) -> None:
        if not self.powered:
            return
        self._ready.set()
        self._paused = self.paused_after_boot()
        self._up_since = self.clock.now() - age
        self._begin_work(age)
        self._network.light(on=True)

    def _begin_work(self, age: float = 0.0) -> None:
        self._at_work_since = self.clock.now() - age
        self.machine.restart_counters()
        self.apply()

    def _cancel_plans(self) -> None:
        for plan in self._plans:
            plan.cancel()
        self._plans.clear()
        self._is_crashing = False


def _mac_of(oui: str, address: str) -> str:
    """Make a MAC address of a vendor's prefix and an IP address."""
    return f"{oui}:{ipaddress.IPv4Address(address).packed[1:].hex(':')}"
