"""What stands above those who command a miner, and what a person told it last.

A miner is set up without the fleet that it belongs to, and anew while that goes on:
what is kept here outlives both.
"""

from collections.abc import Callable
from dataclasses import dataclass

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from ..domain.authority import Authority

_AUTHORITIES: HassKey[dict[str, MinerAuthority]] = HassKey(f"{DOMAIN}_authorities")


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCommand:
    """What a person told a miner: whether it mines, or only how (None), and when.

    `at` is in seconds since 1970, so that it can be stored.
    """

    at: float
    mines: bool | None = None
    watts: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """What the miner's thermostat wants of it to protect the miner or its room.

    `cause` says why, in the words of the thermostat's reasons.
    """

    authority: Authority
    cause: str
    mines: bool
    watts: float | None = None


class MinerAuthority:
    """Tell who may not start a miner, and who told it what."""

    def __init__(self) -> None:
        """Let everybody do everything."""
        self._latches: dict[str, str] = {}
        # The title of the fleet that decides how much the miner draws, if one does.
        self.ruled_by: str | None = None
        # What that fleet has to do for the thermostat of the miner.
        self.protection: Protection | None = None
        self._listeners: list[Callable[[OwnCommand], None]] = []

    @property
    def latched_by(self) -> str | None:
        """Return the title of the fleet whose emergency stop holds the miner."""
        return next(iter(self._latches.values()), None)

    @callback
    def latch(self, fleet_id: str, title: str) -> None:
        """Let nobody start the miner until the fleet's emergency stop is reset."""
        self._latches[fleet_id] = title

    @callback
    def release(self, fleet_id: str) -> None:
        """Undo the emergency stop of a fleet."""
        self._latches.pop(fleet_id, None)

    def require_release(self) -> None:
        """Raise ServiceValidationError while an emergency stop holds the miner."""
        if (title := self.latched_by) is not None:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="emergency_stopped",
                translation_placeholders={"fleet": title},
            )

    @callback
    def note_own_command(
        self, *, mines: bool | None = None, watts: float | None = None
    ) -> None:
        """Note that a person, or an automation, told the miner something."""
        command = OwnCommand(at=dt_util.utcnow().timestamp(), mines=mines, watts=watts)
        for listener in tuple(self._listeners):
            listener(command)

    @callback
    def async_subscribe(self, listener: Callable[[OwnCommand], None]) -> CALLBACK_TYPE:
        """Tell a listener of own commands until the function returned is called."""
        self._listeners.append(listener)

        @callback
        def unsubscribe() -> None:
            self._listeners.remove(listener)

        return unsubscribe


@callback
def authority_of(hass: HomeAssistant, entry_id: str) -> MinerAuthority:
    """Return what stands above those who command the miner of an entry."""
    authorities = hass.data.setdefault(_AUTHORITIES, {})
    return authorities.setdefault(entry_id, MinerAuthority())
