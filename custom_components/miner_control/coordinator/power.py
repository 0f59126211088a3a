"""Know whether the power of a miner is off, and ask nothing that is dark then."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from homeassistant.core import callback

from ..controllers.base import Controller
from ..domain.ports import PowerControlPort, PowerMonitorPort
from ..domain.values import Power
from .controller import ControllerCoordinator


class PowerWatch:
    """Watch the power of one miner by its plug and its meter."""

    def __init__(
        self, controllers: Mapping[str, ControllerCoordinator], standby_watts: float
    ) -> None:
        """Take it that there is power; below the standby power in W there is none."""
        self._controllers = controllers
        self._standby_watts = standby_watts
        self.is_known_off = False
        # What meters showed when the power was cut, and still show.
        self._powers_at_cut: dict[str, Power | None] = {}

    def stands_still(self, meter: Controller) -> bool:
        """Tell whether a meter shows what it did when the power was cut.

        Some go on with their last value for ever, since nothing tells them better.
        """
        power = meter.snapshot.power
        if not self.is_known_off or power is None or power.watts < self._standby_watts:
            return False
        return self._powers_at_cut.get(meter.controller_id) == power

    @callback
    def judge(
        self, control: PowerControlPort | None, meter: PowerMonitorPort | None
    ) -> bool:
        """Find out whether the power is off, and return whether that is new.

        `control` and `meter` are those that serve now.
        """
        was_off = self.is_known_off
        self.is_known_off = self._is_off(control, meter)
        self._note_powers(was_off=was_off)
        return was_off is not self.is_known_off

    @callback
    def suspend_or_resume(self, switch: Controller | None) -> bool:
        """Ask nothing whose device is dark, and again what has power.

        Returns whether that changed anything. Who switches the power has to be
        reachable while it is off.
        """
        concerned = [
            coordinator
            for coordinator in self._controllers.values()
            if coordinator.controller.needs_power
            and coordinator.is_suspended
            is not (self.is_known_off and coordinator.controller is not switch)
        ]
        for coordinator in concerned:
            coordinator.set_suspended(suspended=not coordinator.is_suspended)
        return bool(concerned)

    @contextmanager
    def cutting(self) -> Iterator[None]:
        """Expect devices to vanish a little before the plug says that it is off."""
        with ExitStack() as stack:
            for coordinator in self._controllers.values():
                if coordinator.controller.needs_power:
                    stack.enter_context(coordinator.vanishing())
            yield

    def _is_off(
        self, control: PowerControlPort | None, meter: PowerMonitorPort | None
    ) -> bool:
        """Tell whether the plug is off; the meter decides where it is silent."""
        if control is not None:
            return control.is_powered is False
        watts = watts_of(meter)
        return self.is_known_off and watts is not None and watts < self._standby_watts

    def _note_powers(self, *, was_off: bool) -> None:
        """Note what meters show at a cut, until they show something else."""
        if not was_off and not self.is_known_off:
            self._powers_at_cut = {}
            return
        powers = {
            controller_id: coordinator.controller.snapshot.power
            for controller_id, coordinator in self._controllers.items()
        }
        if not was_off:
            self._powers_at_cut = powers
            return
        self._powers_at_cut = {
            controller_id: power
            for controller_id, power in self._powers_at_cut.items()
            if powers[controller_id] == power
        }


def watts_of(meter: PowerMonitorPort | None) -> float | None:
    """Return the power that a meter tells, None where there is none."""
    power = meter.power if meter else None
    return power.watts if power else None
