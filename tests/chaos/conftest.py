"""A miner that is well, and an oracle that watches it."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from chaos.audits import DeviceAudit, EnergyAudit
from chaos.chronicle import Chronicle
from chaos.findings import Count, Findings
from chaos.oracle import Known, Oracle
from chaos.truth import Sample, Truth
from tools.home.states import EntityState

NAME = "m01"
PLUG = "M01 bitaxe plug"
NETWORK = "m01 network"
WELL = Truth(
    powered=True,
    ready=True,
    mining=True,
    hashrate=100.0,
    watts=3300.0,
    own_watts=3070.0,
    energy=1.0,
    chip_temperature=70.0,
    fan_percent=80,
    preset="normal",
    power_limit=3300,
    locating=False,
    reboots=0,
    restarts=0,
    told=0,
    told_last="",
    pools="a pool",
    password="secret",
    plug_on=True,
    last_figures={},
)
SHOWN = {
    "sensor.hashrate": EntityState("100.0", {"provider": NETWORK}),
    "sensor.power": EntityState("3300.0", {"provider": PLUG}),
    "sensor.status": EntityState("on"),
    "sensor.chip_temperature": EntityState("70.0", {"provider": NETWORK}),
    "sensor.energy": EntityState("1.0", {"provider": PLUG}),
    "switch.mining": EntityState("on"),
    "switch.power": EntityState("on"),
    "select.preset": EntityState("Normal", {"options": ["Low", "Normal"]}),
    "binary_sensor.degraded": EntityState("off"),
}


@dataclass
class Rig:
    """One miner, and all that judges it."""

    findings: Findings = field(default_factory=Findings)
    truth: Truth = WELL
    shown: dict[str, EntityState] = field(default_factory=lambda: dict(SHOWN))
    time: float = 0.0

    def __post_init__(self) -> None:
        """Begin to watch the miner."""
        self.chronicle = Chronicle(NAME)
        self.known = Known(
            self.chronicle, PLUG, frozenset(SHOWN), "Normal", [PLUG, NETWORK]
        )
        self.oracle = Oracle({NAME: self.known}, self.findings)
        self.energy = EnergyAudit(self.chronicle)
        self.device = DeviceAudit(self.chronicle, self.findings)

    def set(self, **truth: Any) -> None:
        """Change what is so."""
        self.truth = replace(self.truth, **truth)

    def show(self, key: str, state: str, **attributes: Any) -> None:
        """Change what is shown."""
        self.shown[key] = EntityState(state, {**SHOWN[key].attributes, **attributes})

    def go_on(self, seconds: float, *, is_down: bool = False, lag: float = 0.0) -> None:
        """Look at everything once a second for a time."""
        for _ in range(int(seconds)):
            self.time += 1.0
            shown = None if is_down else {NAME: dict(self.shown)}
            self.oracle.look(Sample(self.time, {NAME: self.truth}, shown, lag))
            counted = None if is_down else self.shown["sensor.energy"].number
            self.energy.add(self.time, self.truth, counted, by_plug=True)
            self.device.add(self.time)

    def counts(self) -> dict[Count, int]:
        """Return how much was found of each kind of which something was found."""
        return {
            count: len(found) for count in Count if (found := self.findings.of(count))
        }


@pytest.fixture
def rig() -> Rig:
    """Return a miner that is shown as it is."""
    return Rig()


@pytest.fixture(autouse=True)
def _custom_integrations() -> None:
    """Leave Home Assistant out of it."""
