"""Controllers to link: their subentries, and a device that answers as it is told."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, ClassVar, override

from homeassistant.config_entries import ConfigSubentry, ConfigSubentryDataWithId
from homeassistant.core import HomeAssistant
import pytest

from custom_components.miner_control import controllers
from custom_components.miner_control.controllers import Found, simulated
from custom_components.miner_control.controllers.base import (
    Capabilities,
    ControllerConfig,
)
from custom_components.miner_control.controllers.entities.controller import (
    capabilities as entities_capabilities,
)
from custom_components.miner_control.controllers.errors import (
    ControllerError,
    ControllerUnreachableError,
)
from custom_components.miner_control.controllers.pyasic.controller import (
    PyasicController,
)
from custom_components.miner_control.domain.features import (
    MinerFeatureType as F,
    MinerStatus,
)
from custom_components.miner_control.domain.snapshot import Snapshot
from custom_components.miner_control.domain.values import (
    DeviceInfo,
    FanSpeed,
    Frequency,
    HashRate,
    Power,
    Temperature,
    Voltage,
)
from custom_components.miner_control.storage.bindings import default_bindings
from custom_components.miner_control.watch import firmware
from tests.controllers.support import type_of

type Bindings = Mapping[Any, Any]

HOST = "192.0.2.10"
MAC = "28:e2:97:00:00:10"
NETWORK_FEATURES = PyasicController.supported_features()

HASHING = Snapshot(
    hashrate=HashRate(100.0),
    expected_hashrate=HashRate(110.0),
    power=Power(3000.0),
    status=MinerStatus.ON,
    chip_temperature=Temperature(70.0),
    board_temperature=Temperature(60.0),
    inlet_temperature=Temperature(25.0),
    outlet_temperature=Temperature(45.0),
    internal_fan_speeds=(FanSpeed(4000), FanSpeed(4100)),
    voltage=Voltage(12.0),
    frequency=Frequency(525.0),
    device_info=DeviceInfo(model="S19 Pro"),
)
STOPPED = Snapshot(hashrate=HashRate(0.0), power=Power(45.0), status=MinerStatus.IDLE)
WARMING_UP = Snapshot(hashrate=HashRate(0.0), power=Power(60.0), status=MinerStatus.ON)
MUTE = replace(WARMING_UP, status=None)
GONE = ControllerUnreachableError("it does not answer")


@dataclass
class Device:
    """What a device on the network answers, and what it was asked and told."""

    answer: Snapshot | ControllerError = HASHING
    next_answer: Snapshot | ControllerError | None = None
    refuses: ControllerError | None = None
    obeys: bool = True
    after_start: Snapshot = HASHING
    after_stop: Snapshot = STOPPED
    wanted: frozenset[F] = frozenset()
    delays: float = 0.0
    # What it is found to be capable of when it is looked at again.
    capabilities: Capabilities | ControllerError = GONE
    looks: int = 0
    reads: int = 0
    probes: int = 0
    commands: list[str] = field(default_factory=list)
    _free: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        """Answer without delay."""
        self._free.set()

    def hang(self) -> None:
        """Take requests, and answer none."""
        self._free.clear()

    def vanish(self) -> None:
        """Break off whatever was asked, and be gone."""
        self.answer = GONE
        self._free.set()

    def answer_again(self) -> None:
        """Answer what was asked, and whatever comes."""
        self._free.set()

    async def read(self) -> Snapshot:
        """Answer once."""
        self.reads += 1
        await self._free.wait()
        answer = self.answer
        self.answer, self.next_answer = self.next_answer or answer, None
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def command(self, name: str, answer: Snapshot) -> None:
        """Do what it is told, unless it refuses or only says that it did."""
        if self.refuses:
            raise self.refuses
        self.commands.append(name)
        await asyncio.sleep(self.delays)
        if self.obeys:
            self.answer = answer


class TestedController(PyasicController):
    """The controller of a network device, less the network."""

    __test__ = False

    network: ClassVar[Network]

    def __init__(self, hass: HomeAssistant, config: ControllerConfig) -> None:
        """Ask a device that is in reach of the test."""
        super().__init__(hass, config)
        self._answering = self.network[config.data["host"]]

    @override
    async def start_mining(self) -> None:
        await self._answering.command("start", self._answering.after_start)

    @override
    async def stop_mining(self) -> None:
        await self._answering.command("stop", self._answering.after_stop)

    @override
    async def async_probe(self) -> bool:
        self._answering.probes += 1
        return isinstance(self._answering.answer, Snapshot)

    @override
    async def async_look_again(self) -> Capabilities | None:
        self._answering.looks += 1
        found = self._answering.capabilities
        if isinstance(found, ControllerError):
            raise found
        return found

    @override
    async def _read(self, features: frozenset[F]) -> Snapshot:
        self._answering.wanted = features
        return await self._answering.read()


class Network:
    """The devices by their hosts."""

    def __init__(self) -> None:
        """Be empty."""
        self.devices: dict[str, Device] = {}

    def __getitem__(self, host: str) -> Device:
        """Return the device at a host, where there is always one."""
        return self.devices.setdefault(host, Device())

    def replace_real_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Have the controllers of devices ask these devices."""
        tested = type("Tested", (TestedController,), {"network": self})
        types = [
            tested if issubclass(cls, PyasicController) else cls
            for cls in controllers._TYPES
        ]
        monkeypatch.setattr(controllers, "_TYPES", types)
        monkeypatch.setattr(firmware, "identify", self.identify)

    async def identify(self, *_: object) -> Found:
        """Find nothing else where a device has failed."""
        raise ControllerUnreachableError("nothing answers")


def network(
    title: str = "S19",
    host: str = HOST,
    *,
    mac: str | None = MAC,
    features: frozenset[F] = NETWORK_FEATURES,
    bindings: Bindings | None = None,
    fans: int = 2,
    hashrate_unit: str = "TH/s",
    readings: tuple[str, ...] = ("expected_hashrate",),
    is_complete: bool = True,
    **data: Any,
) -> ConfigSubentryDataWithId:
    """Return the subentry of a device on the network."""
    found = Capabilities(
        features=features,
        make="AntMiner",
        model="S19 Pro",
        firmware="Stock",
        firmware_version="2022-12-06",
        serial="YNAHAADABJE0010",
        mac=mac,
        algorithm="SHA256",
        hashrate_unit=hashrate_unit,
        library_class="BMMinerS19Pro",
        boards=3,
        chips=114,
        fans=fans,
        readings=readings,
        is_complete=is_complete,
    )
    return subentry(
        "network",
        title,
        found,
        bindings,
        unique_id=mac,
        **{"host": host, "protocol": "pyasic", **data},
    )


def entities(
    title: str = "Smart plug",
    chosen: Mapping[F, str] | None = None,
    bindings: Bindings | None = None,
) -> ConfigSubentryDataWithId:
    """Return the subentry of entities; by default those of a smart plug."""
    chosen = PLUG if chosen is None else chosen
    found = entities_capabilities(chosen)
    references = {feature_type.value: entity for feature_type, entity in chosen.items()}
    return subentry("entities", title, found, bindings, entities=references)


def simulation(
    title: str = "Simulation", bindings: Bindings | None = None
) -> ConfigSubentryDataWithId:
    """Return the subentry of a simulated miner."""
    return subentry("simulated", title, simulated.capabilities(), bindings)


def subentry(
    subentry_type: str,
    title: str,
    found: Capabilities,
    bindings: Bindings | None = None,
    *,
    unique_id: str | None = None,
    **data: Any,
) -> ConfigSubentryDataWithId:
    """Return a subentry with the usual bindings, some of them changed."""
    features: dict[str, Any] = default_bindings(type_of(subentry_type, **data), found)
    for name, change in (bindings or {}).items():
        usual = features.get(str(name), {})
        features[str(name)] = (
            {**usual, **change} if isinstance(change, dict) else change
        )
    return ConfigSubentryDataWithId(
        data={**data, "capabilities": found.as_dict(), "features": features},
        subentry_id=title.lower().replace(" ", "_"),
        subentry_type=subentry_type,
        title=title,
        unique_id=unique_id,
    )


def stored(described: ConfigSubentryDataWithId) -> ConfigSubentry:
    """Return a subentry as a flow adds it."""
    return ConfigSubentry(
        data=MappingProxyType(dict(described["data"])),
        subentry_type=described["subentry_type"],
        title=described["title"],
        unique_id=described.get("unique_id"),
    )


PLUG_SWITCH = "input_boolean.plug"
PLUG_POWER = "sensor.plug_power"
PLUG = {F.POWER_CONTROL: PLUG_SWITCH, F.POWER_MONITORING: PLUG_POWER}
