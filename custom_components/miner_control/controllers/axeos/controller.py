"""Bitaxes and their kin, by the web API that their own pages use."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
import re
from typing import ClassVar, Final, override

from homeassistant.core import HomeAssistant

from ...const import CONF_ALLOW_OVERCLOCKING, CONF_CHECK_UPDATES, CONF_PUSH
from ...domain import ports
from ...domain.features import MinerFeatureType
from ...domain.snapshot import Features, Snapshot, readings_of
from ...domain.values import FanSetting, Firmware
from ..base import Capabilities, ControllerConfig
from ..errors import ControllerUnreachableError, UnsupportedError
from ..network.address import NetworkAddress
from ..network.controller import NetworkController
from ..network.device import Reading, Signs
from ..network.http import shared_session
from ..network.parsing import real_mac
from . import heat
from .api import TIMEOUT
from .decoding import Answers, chips_of, fans_of, is_alive, setting_of, snapshot_of
from .device import AxeosDevice
from .families import family_called
from .family import Family, at
from .otp import login_to
from .push import Push
from .releases import Release, feed_of, firmware_of, has_feed
from .tuning import Setting

# How often what restarts when it is asked too often may be asked.
_SLOW: Final = timedelta(seconds=10)
# How other protocols name the kind, as make, model or class: BitAxe, LuckyMinerLV08.
_KIND: Final = re.compile(r"axe|lucky ?miner", re.IGNORECASE)
_VERSION: Final = re.compile(r"v?(\d+)\.(\d+)")

F = MinerFeatureType


class AxeosController(
    NetworkController[AxeosDevice],
    ports.HashrateMonitorPort,
    ports.PowerMonitorPort,
    ports.StatusMonitorPort,
    ports.ChipTemperatureMonitorPort,
    ports.BoardTemperatureMonitorPort,
    ports.InternalFanSpeedMonitorPort,
    ports.VoltageMonitorPort,
    ports.FrequencyMonitorPort,
    ports.ModelDetectionPort,
    ports.HashboardMonitorPort,
    ports.OperationalMonitorPort,
    ports.MaxPowerDetectionPort,
    ports.MaxHashrateDetectionPort,
    ports.MiningControlPort,
    ports.InternalFanControlPort,
    ports.PresetControlPort,
    ports.RestartControlPort,
    ports.LocateControlPort,
    ports.TuningControlPort,
    ports.FirmwareUpdatePort,
):
    """Poll a Bitaxe or one of its kin, and command it."""

    protocol: ClassVar[str] = "axeos"
    label: ClassVar[str] = "AxeOS"
    ports: ClassVar[tuple[int, ...]] = (80,)
    default_priority: ClassVar[int] = 60
    # It measures behind its supply, and adds a constant; a plug measures all.
    default_priorities: ClassVar = {F.POWER_MONITORING: 40}
    options: ClassVar = {
        CONF_PUSH: True,
        CONF_ALLOW_OVERCLOCKING: False,
        CONF_CHECK_UPDATES: True,
    }

    def __init__(self, hass: HomeAssistant, config: ControllerConfig) -> None:
        """Listen to nothing yet; contact nothing."""
        super().__init__(hass, config)
        self._on_change: Callable[[], None] | None = None

    @classmethod
    @override
    def may_speak_to(cls, known: Capabilities) -> bool:
        """Tell whether another protocol takes a device for one of the kind."""
        names = (known.make, known.model, known.library_class)
        return any(_KIND.search(name or "") for name in names)

    @classmethod
    @override
    async def find(
        cls, hass: HomeAssistant, host: str, address: NetworkAddress
    ) -> AxeosDevice:
        """Return the device at an IP address; raise NotAMinerError if there is none."""
        device = _device(hass, host, address)
        async with device.turn(TIMEOUT):
            await device.find()
        return device

    @classmethod
    @override
    async def inspect(cls, device: AxeosDevice, candidates: Features) -> Capabilities:
        """Read all that a device tells of itself, and return what it can do."""
        answers = await device.answers(candidates)
        family, info = device.family, answers.info
        found = snapshot_of(family, answers)
        if not is_alive(found):
            raise ControllerUnreachableError(f"{device.host} tells nothing of its work")
        hostname = at(info, family.hostname) if family.hostname else None
        return Capabilities(
            features=_features(family, answers, found, device),
            make=family.make,
            model=family.model(info, answers.asic),
            firmware=family.firmware,
            firmware_version=device.version,
            mac=real_mac(device.mac),
            hostname=str(hostname) if hostname else None,
            algorithm="SHA256",
            hashrate_unit="TH/s",
            library_class=family.key,
            boards=1,
            chips=chips_of(family, answers),
            fans=fans_of(family, info),
            readings=tuple(sorted(readings_of(found))),
            rules_itself=family.rules_itself,
            can_reboot=not family.rules_itself,
            can_restart_mining=False,
            is_complete=_is_complete(family, answers, found),
        )

    @property
    @override
    def update_interval(self) -> timedelta:
        """Return how often the user wants the device to be asked, if it bears that."""
        return max(self._interval, self.shortest_interval)

    @property
    @override
    def firmware_version(self) -> str | None:
        """Return the version of the last answer."""
        return self._device.version if self._device else None

    @property
    @override
    def shortest_interval(self) -> timedelta:
        """Return how often the device may be asked at most."""
        family = family_called(self.capabilities.library_class)
        found = _VERSION.match(self.capabilities.firmware_version or "")
        version = tuple(map(int, found.groups())) if found else ()
        return _SLOW if family and family.is_frail(version) else timedelta()

    @override
    async def connect(self, host: str) -> AxeosDevice:
        """Return the linked device at an IP address; contact nothing."""
        device = _device(self.hass, host, self._address, self)
        device.may_exceed = self._options[CONF_ALLOW_OVERCLOCKING]
        return device

    @override
    async def read(self, device: AxeosDevice, features: Features) -> Reading:
        """Read what some features need; raise ControllerError if nothing answers."""
        answers = await device.answers(features)
        self._listen(device)
        heat.note(self.memory, answers.info, setting_of(device.family, answers.info))
        reading = self.reading_of(device, answers)
        if F.FIRMWARE_UPDATE not in features:
            return reading
        firmware = await self._firmware(device)
        return replace(reading, snapshot=replace(reading.snapshot, firmware=firmware))

    def reading_of(self, device: AxeosDevice, answers: Answers) -> Reading:
        """Return what answers mean; raise ControllerUnreachableError if nothing."""
        found = snapshot_of(
            device.family,
            answers,
            fans=self.capabilities.fans,
            may_exceed=device.may_exceed,
        )
        if not is_alive(found):
            raise ControllerUnreachableError(f"{device.host} tells nothing of its work")
        found = replace(found, is_locating=device.is_locating)
        return Reading(snapshot=found, signs=Signs(mac=device.mac))

    @override
    def async_subscribe(self, on_change: Callable[[], None]) -> Callable[[], None]:
        """Announce changes, where the device tells of them by itself."""
        self._on_change = on_change

        def stop() -> None:
            """Listen no more."""
            self._on_change = None
            self._stop_push()

        return stop

    @override
    def forget_connection(self) -> None:
        """Listen no more: another device may answer next."""
        self._stop_push()
        super().forget_connection()

    def _listen(self, device: AxeosDevice) -> None:
        """Listen to a device that tells of changes by itself, if it may."""
        may_push = self._options[CONF_PUSH] and device.can_push
        if self._on_change is None or not may_push:
            return
        if device.push is None:
            session = shared_session(self.hass)
            device.push = Push(self.hass, session, device.host, self._on_change)
            device.push.replace(device.info)
        device.push.start()

    def _stop_push(self) -> None:
        """Stop to listen."""
        if self._device is not None and self._device.push is not None:
            self._device.push.stop()
            self._device.push = None

    @property
    @override
    def loses_stop(self) -> bool | None:
        """Tell that all of them forget a stop; some are let mine by a restart alone."""
        family = family_called(self.capabilities.library_class)
        operation = self.snapshot.operation
        reason = (operation.reset_reason if operation else None) or ""
        return not (family and family.wakes_by and family.wakes_by in reason)

    @override
    async def set_tuning(
        self, *, frequency: float | None = None, voltage: float | None = None
    ) -> None:
        """Set the clock in MHz, the voltage in mV, or both."""
        await self._command(
            lambda device: device.set_tuning(frequency=frequency, voltage=voltage)
        )

    @property
    @override
    def settings_lowered(self) -> tuple[str, str] | None:
        """Return what was set before heat lowered it, and what is set now."""
        found = heat.before_heat(self.memory)
        return None if found is None else (_described(found[0]), _described(found[1]))

    @override
    async def restore_settings(self) -> None:
        """Set what was set before heat lowered it, and the fan to automatic."""
        found = heat.before_heat(self.memory)
        if found is None:
            raise UnsupportedError(f"{self.title} has nothing to restore")
        before, _ = found
        await self.set_internal_fan(FanSetting(None, automatic=True))
        await self.set_tuning(frequency=before.frequency, voltage=before.voltage)
        await self._command(lambda device: device.acknowledge_heat())

    @override
    async def install_firmware(self) -> None:
        """Have the device fetch the latest firmware and install it."""
        await self._command(self._install)

    async def _install(self, device: AxeosDevice) -> None:
        """Have the device install the latest firmware, if there is one for it."""
        image = self._image(device, self._release(device))
        if image is None:
            raise UnsupportedError(f"{self.title} has no firmware that it could fetch")
        await device.install(image)

    async def _firmware(self, device: AxeosDevice) -> Firmware | None:
        """Return which firmware runs, and which is the latest."""
        if device.version is None:
            return None
        release = self._release(device)
        return firmware_of(
            device.version,
            release,
            self._image(device, release),
            await device.update_progress(),
        )

    def _release(self, device: AxeosDevice) -> Release | None:
        """Return the latest release of the device's firmware, as far as it is known."""
        has_one = has_feed(device.family.key, device.version)
        if not has_one or not self._options[CONF_CHECK_UPDATES]:
            return None
        return feed_of(self.hass, device.family.key).latest()

    def _image(self, device: AxeosDevice, release: Release | None) -> str | None:
        """Return where the device can fetch a release, None if it cannot."""
        if release is None or device.commands.update is None:
            return None
        return release.image_for(str(device.info.get("deviceModel") or ""))


def _device(
    hass: HomeAssistant,
    host: str,
    address: NetworkAddress,
    controller: AxeosController | None = None,
) -> AxeosDevice:
    """Return a device that is asked on Home Assistant's own session."""
    return AxeosDevice(
        shared_session(hass),
        host,
        login=login_to(hass, host, address.otp_secret),
        memory=controller.memory if controller else None,
    )


def _described(setting: Setting) -> str:
    """Return a setting in words."""
    return f"{setting.frequency:g} MHz, {setting.voltage:g} mV"


def _is_complete(family: Family, answers: Answers, found: Snapshot) -> bool:
    """Tell whether the device was hashing, and answered all that it was asked."""
    is_hashing = found.hashrate is not None and found.hashrate.value > 0
    return is_hashing and bool(family.asic is None or answers.asic)


def _features(
    family: Family, answers: Answers, found: Snapshot, device: AxeosDevice
) -> Features:
    """Return what a device has: what it tells, if only as none, and what it obeys."""
    info, commands = answers.info, device.commands
    rules = not family.rules_itself

    def has(name: str) -> bool:
        """Tell whether a reading stands somewhere in the answer."""
        reading = family.readings.get(name)
        return reading is not None and any(
            at(info, path) is not None for path in reading.paths
        )

    can = {
        F.HASHRATE_MONITORING: has("hashrate"),
        F.POWER_MONITORING: has("power"),
        F.STATUS_MONITORING: True,
        F.CHIP_TEMPERATURE_MONITORING: has("chip_temperature"),
        # Boards without that sensor tell 0.
        F.BOARD_TEMPERATURE_MONITORING: found.board_temperature is not None,
        F.FAN_SPEED_INTERNAL_MONITORING: bool(found.internal_fan_speeds),
        F.VOLTAGE_MONITORING: has("voltage"),
        F.FREQUENCY_MONITORING: "frequency" in info or "asic" in info,
        F.MODEL_DETECTION: True,
        F.HASHBOARD_MONITORING: bool(found.hashboards),
        F.OPERATIONAL_MONITORING: found.operation is not None,
        F.MAX_POWER_DETECTION: found.max_power is not None,
        F.MAX_HASHRATE_DETECTION: found.max_hashrate is not None,
        F.MINING_CONTROL: commands.pause is not None,
        F.INTERNAL_FAN_CONTROL: commands.fan is not None and found.internal_fan,
        F.PRESET_CONTROL: rules and found.presets is not None,
        F.TUNING_CONTROL: rules and found.tuning is not None,
        F.RESTART_CONTROL: rules,
        F.LOCATE_CONTROL: commands.identify is not None,
        F.FIRMWARE_UPDATE: has_feed(family.key, device.version),
    }
    return frozenset(feature for feature, possible in can.items() if possible)
