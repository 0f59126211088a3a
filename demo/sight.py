"""What Home Assistant shows of one miner."""

from dataclasses import dataclass
from typing import override

from tools.home.emulators import Truth
from tools.home.miners import Miner
from tools.home.states import EntityState, States

# Watts and hash rate wander, and reach Home Assistant an interval later.
TOLERANCE = 0.1

# A miner that draws less has no power.
STANDBY_WATTS = 2.0


@dataclass(frozen=True)
class Sight:
    """A miner's entities, as they are now."""

    states: States
    miner: Miner

    @property
    def name(self) -> str:
        """Return what the miner is called."""
        return self.miner.device.label

    @property
    def status(self) -> EntityState:
        """Return the status."""
        return self.states[self.miner["sensor.status"]]

    def has_status(self, status: str) -> bool:
        """Tell whether a status is shown."""
        return self.status.state == status

    @property
    def hashrate(self) -> EntityState:
        """Return the hash rate."""
        return self.states[self.miner["sensor.hashrate"]]

    @property
    def power(self) -> EntityState:
        """Return the power."""
        return self.states[self.miner["sensor.power"]]

    @property
    def is_degraded(self) -> bool:
        """Tell whether the miner says that a fallback serves."""
        return self.states[self.miner["binary_sensor.degraded"]].state == "on"

    @property
    def mines(self) -> bool:
        """Tell whether it mines, by the word of its own API."""
        return (
            self.status.state == "on"
            and (self.hashrate.number or 0.0) > 0.0
            and self.hashrate.provider is not None
            and not self.hashrate.is_fallback
        )

    @property
    def is_measured(self) -> bool:
        """Tell whether the plug tells its power."""
        return (
            self.power.provider == self.miner.device.plug.name
            and not self.power.is_fallback
            and (self.power.number or 0.0) > STANDBY_WATTS
        )

    @property
    def is_whole(self) -> bool:
        """Tell whether every feature is served by its first provider."""
        return self.mines and self.is_measured and not self.is_degraded

    @property
    def has_lost_hashrate(self) -> bool:
        """Tell whether nobody tells the hash rate, as without the miner's API."""
        return self.hashrate.state == "unavailable"

    @property
    def tells_own_power(self) -> bool:
        """Tell whether the miner's API tells the power, since its plug does not."""
        return (
            self.power.provider not in (None, self.miner.device.plug.name)
            and self.power.is_fallback
            and self.power.number is not None
        )

    @property
    def is_off(self) -> bool:
        """Tell whether it shows that it has no power."""
        return (
            self.status.state == "off"
            and self.hashrate.number == 0.0
            and self.power.number is not None
            and self.power.number < STANDBY_WATTS
        )

    def tells_hashrate(self, truth: Truth) -> bool:
        """Tell whether the hash rate is the true one."""
        return _is_close(self.hashrate, truth.hashrate)

    def tells_power(self, truth: Truth) -> bool:
        """Tell whether the power is the true one."""
        return _is_close(self.power, truth.watts)

    def tells_boards(self, truth: Truth) -> bool:
        """Tell whether every board has all its values, and the hash rate is theirs."""
        boards = self.miner.boards.values()
        sensors = {one for board in boards for one in board.values()}
        total = sum(self.states[board["hashrate"]].number or 0.0 for board in boards)
        return (
            all(self.states[sensor].number is not None for sensor in sensors)
            and bool(self.miner.enabled)
            and sensors.issuperset(self.miner.enabled)
            and _is_near(total, truth.hashrate)
        )

    @property
    def boards_text(self) -> str:
        """Return what is shown of each board, for people."""
        return "; ".join(
            f"board {number}: "
            + ", ".join(self.states[entity_id].text for entity_id in board.values())
            for number, board in self.miner.boards.items()
        )

    @override
    def __str__(self) -> str:
        """Return what is shown, for people."""
        return (
            f"status {self.status.state}, "
            f"hash rate {_by(self.hashrate)}, power {_by(self.power)}"
        )


def _is_close(state: EntityState, truth: float) -> bool:
    """Tell whether a state is a true value, as far as it can be."""
    return state.number is not None and _is_near(state.number, truth)


def _is_near(number: float, truth: float) -> bool:
    """Tell whether a number is a true value, as far as it can be."""
    return abs(number - truth) <= TOLERANCE * abs(truth)


def _by(state: EntityState) -> str:
    """Return a value and who provides it."""
    return f"{state.text} by {state.provider}" if state.provider else state.text
