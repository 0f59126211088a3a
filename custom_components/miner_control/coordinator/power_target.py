"""Have a miner draw so many watts, by whatever slows it down."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final, Protocol, cast

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CoreState, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from ..const import DOMAIN, LOGGER
from ..controllers.base import Controller
from ..domain.authority import Origin
from ..domain.duty import Duty
from ..domain.features import MinerStatus
from ..domain.ports import (
    FeaturePort,
    HashrateMonitorPort,
    MaxPowerDetectionPort,
    MiningControlPort,
    OperationalMonitorPort,
    PowerLimitControlPort,
    PowerMonitorPort,
    PresetControlPort,
    TuningControlPort,
)
from ..domain.power_target import (
    FEATURES,
    TOLERANCE,
    Curve,
    Learned,
    Means,
    Offer,
    PowerReach,
    Reason,
    RestartWatch,
    Setting,
    is_missed,
    offer_of_duty,
    offer_of_limit,
    offer_of_presets,
    offer_of_tuning,
    usual_watts,
)
from ..domain.values import Settling
from ..storage.kept import MinerPowerTarget
from ..storage.options import MinerOptions
from .authority import authority_of
from .controller import ControllerCoordinator
from .power import watts_of
from .state import MinerState, Resolution

PORTS_OF_MEANS: Final[dict[Means, type[FeaturePort]]] = {
    Means.POWER_LIMIT: PowerLimitControlPort,
    Means.PRESET: PresetControlPort,
    Means.TUNING: TuningControlPort,
    Means.DUTY: MiningControlPort,
}
# How often it is learned again what a setting draws, in seconds.
LEARNING_INTERVAL: Final = 60.0
# A miner that hashes less than this share of what it should is held back by something.
# Some only tell what they should at their usual setting.
_HELD_BACK: Final = 0.5
# How long after a command that was proved a restart is still its doing, in seconds.
_AFTERMATH: Final = 90.0
# How long the second and each further correction of a target waits for each one before
# it, where each of them is a start, in seconds.
_PAUSE_OF_STARTS: Final = 1800.0
# How long after a failure it is tried again, in seconds.
_RETRY_INTERVAL: Final = 300.0
# By which share a meter may waver that shows what is drawn steadily.
_STILL: Final = 0.05
# For how long after a command, in seconds, a meter may still show what was before.
_METER_LAG: Final = 10.0
# A miner that rests is not told what may wake it.
_RESTS: Final = (MinerStatus.OFF, MinerStatus.IDLE, MinerStatus.STOPPING)

type Apply = Callable[[Setting], Awaitable[None]]
type Switch = Callable[[bool], Awaitable[None]]


class Watched(Protocol):
    """What is asked of a miner's coordinator."""

    @property
    def data(self) -> MinerState:
        """Return what is known of the miner."""

    def provider[P: FeaturePort](self, port: type[P]) -> P | None:
        """Return the controller that serves a port now."""

    def coordinator_of(self, port: FeaturePort) -> ControllerCoordinator:
        """Return what keeps the controller fresh that implements a port."""

    async def async_refresh_provider(self, port: FeaturePort) -> None:
        """Refresh the controller that implements a port."""

    def async_update_listeners(self) -> None:
        """Tell everybody that something is new."""


@dataclass(slots=True)
class _Steady:
    """What a miner is set to by its own word, and since when it mines so."""

    setting: Setting | None = None
    since: float = 0.0
    learned_at: float | None = None
    before: float | None = None
    """What the meter showed at the last look."""


class PowerTarget:
    """Choose the setting of a miner that draws most and not more than asked.

    It rests on features: whoever serves the best means at the time is told. Times are
    those of `time.monotonic`.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, miner: Watched) -> None:
        """Have nothing asked."""
        self._hass = hass
        self._entry = entry
        self._miner = miner
        self._store = MinerPowerTarget(hass, entry)
        self.learned = Learned()
        self.watts: float | None = None
        self.origin: Origin | None = None
        self.reason: Reason | None = None
        self._setting: Setting | None = None
        # The setting that could not be held, for as long as that is remembered.
        self.unheld: str | None = None
        self.reach: PowerReach | None = None
        self.settles_until: float | None = None
        self._commanded_at: float | None = None
        self.starts = 0
        # How many of them nobody asked for: it came nearer to what was asked.
        self.own_starts = 0
        self._is_waiting = False
        # Whether a miner that rests may begin to mine by what it is told now.
        self._may_wake = False
        self._next_correction = 0.0
        self._corrections = 0
        # The offer that counts, be it of before; the one that there is now, and from
        # what that follows.
        self._offer: Offer | None = None
        self._offered: Offer | None = None
        self._told_last: tuple[Any, ...] = ()
        self._curve: Curve | None = None
        self._curve_rests_on: object = None
        self._meter: str | None = None
        self._steady = _Steady()
        self._restarts = RestartWatch()
        self._forgiven_until = 0.0
        self._turn = asyncio.Lock()
        self._is_planned = False
        self._apply: Apply | None = None
        self._switch: Switch | None = None
        options = MinerOptions.of(entry)
        self.may_rest = options.power_target_duty
        self._duty = Duty(options.duty_minimum_on, options.duty_minimum_off)
        self._duty_retry_at = 0.0
        self._state = MinerState()
        self._clock: str | None = None

    # What is asked and shown

    @property
    def setting(self) -> str | None:
        """Return what was chosen last, in words; None where nothing holds."""
        return self._setting.text if self._setting else None

    @property
    def expected_power(self) -> float | None:
        """Return the watts that what was chosen draws, as far as anybody knows."""
        if self._setting is None or self._curve is None:
            return None
        return self._curve.watts_of(self._setting)

    @property
    def set_to_draw(self) -> float | None:
        """Return the watts that the miner is set to, as far as anybody knows.

        While a step waits, those are what it was asked for.
        """
        expected = None if self._is_waiting else self.expected_power
        return self.watts if expected is None or self.watts is None else expected

    @property
    def is_offered(self) -> bool:
        """Tell whether somebody can slow the miner down now."""
        return self._offered is not None

    @property
    def means(self) -> Means | None:
        """Return by what the miner is slowed down, or was last."""
        return self._offer.means if self._offer else None

    @property
    def is_settled(self) -> bool:
        """Tell whether what was asked last has been set and taken effect."""
        is_busy = self._turn.locked() or self._is_waiting or self._is_settling
        return self._setting is not None and not is_busy

    @property
    def resolution(self) -> Resolution | None:
        """Return who serves the means; None if there are none."""
        if self._offer is None:
            return None
        return self._state.resolution(PORTS_OF_MEANS[self._offer.means])

    @property
    def shown(self) -> object:
        """Return all that is shown, to be compared."""
        return (
            self.reach,
            self.watts,
            self._setting,
            self.reason,
            self.is_offered,
            self.resolution,
            tuple(self.learned.watts.items()),
        )

    @property
    def changes_at(self) -> list[float | None]:
        """Return when time alone changes something."""
        share = self._share
        phase = None if share is None else self._duty.changes_at(share)
        return [
            self.settles_until,
            phase if phase is None else max(phase, self._duty_retry_at),
        ]

    def use(self, apply: Apply, switch: Switch) -> None:
        """Give commands by what raises HomeAssistantError if they fail.

        `switch` lets the miner mine, or stops it.
        """
        self._apply, self._switch = apply, switch

    async def async_load(self) -> None:
        """Remember what was asked before; nothing is commanded by that."""
        await self._store.async_load()
        known = self._store.known
        self.learned = Learned(known.get("learned"), known.get("floors"))
        self._meter = known.get("meter")
        self.unheld = known.get("unheld")
        self.starts = known.get("starts", 0)
        try:
            stored = known.get("setting")
            self._setting = Setting.from_dict(stored) if stored else None
            self.origin = Origin(known["origin"]) if known.get("origin") else None
            self.reason = Reason(known["reason"]) if known.get("reason") else None
        except KeyError, ValueError:
            LOGGER.warning("The power target of %s is not known", self._entry.title)
            return
        self.watts = known.get("watts")
        self._is_waiting = bool(known.get("waiting"))
        self.settles_until = _monotonic_of(known.get("settles_at"))
        self._duty.is_on = bool(known.get("duty_on", True))
        self._duty.since = _monotonic_of(known.get("duty_since"))

    async def async_set(
        self, watts: float, *, origin: Origin, may_wake: bool = False
    ) -> None:
        """Choose the setting that draws most and not more, and command it.

        While the last one still settles, or the miner rests and would be woken, it
        waits, and only the last one that was asked for is commanded. Mining is neither
        started nor stopped, unless it `may_wake`: who starts the miner next saves it a
        second start by that. Raises HomeAssistantError when nobody did it.
        """
        self._require()
        if origin is Origin.PERSON:
            authority_of(self._hass, self._entry.entry_id).note_own_command(watts=watts)
        async with self._turn:
            before, was_set = (self.watts, self.origin, self._is_waiting), self._setting
            self.watts, self.origin, self._corrections = watts, origin, 0
            self._may_wake = may_wake
            try:
                await self._step_or_wait()
            except HomeAssistantError, asyncio.CancelledError:
                if (self.watts, self.origin) == (watts, origin):
                    self.watts, self.origin, self._is_waiting = before
                    self.reason = Reason.FAILED
                raise
            finally:
                self._may_wake = False
                # A fleet may ask for other watts every few seconds.
                is_news = origin is Origin.PERSON or self._setting != was_set
                self._keep(at_once=is_news)
                self._miner.async_update_listeners()

    @callback
    def release(self, origin: Origin) -> None:
        """Ask for nothing more where this origin asked last: the miner stays as it is.

        What waits is not commanded any more, nor is anything corrected.
        """
        if self.origin is not origin:
            return
        self.watts = self.origin = self.reason = self._setting = None
        self._is_waiting = False
        self._keep(at_once=True)
        self._miner.async_update_listeners()

    @callback
    def forget(self) -> None:
        """Forget what settings draw, and which cannot be held."""
        self.learned.forget()
        self.unheld = None
        self._steady = _Steady()
        self._curve_rests_on = None
        self._keep(at_once=True)
        self._look()
        self._miner.async_update_listeners()

    @callback
    def note_command(self) -> None:
        """Note that the miner was told something upon which it may restart."""
        self._forgiven_until = monotonic() + _AFTERMATH

    @property
    def report(self) -> dict[str, Any]:
        """Return all that helps to find a fault."""
        left = None
        if self.settles_until is not None:
            left = max(0.0, self.settles_until - monotonic())
        return {
            "watts": self.watts,
            "origin": self.origin,
            "setting": self.setting,
            "means": self.means,
            "reason": self.reason,
            "expected_power": self.expected_power,
            "settles_for": left,
            "is_waiting": self._is_waiting,
            "starts": self.starts,
            "learned": dict(self.learned.watts),
            "floors": dict(self.learned.floors),
        }

    # What follows from each look at the miner

    @callback
    def update(self, state: MinerState) -> None:
        """Learn, and find out whether the setting still holds and is good enough."""
        now, self._state = monotonic(), state
        if self.settles_until is not None and (
            now >= self.settles_until or self._has_arrived
        ):
            self.settles_until = None
            if self.reason is Reason.SETTLING:
                self.reason = self._outcome()
        self._look()
        self._note_restarts(now)
        if self._turn.locked() or self._is_planned:
            return
        self._note_others()
        self._learn(now)
        if self._is_due(now):
            self._plan(self._step_by_itself())
        elif self._is_duty_due(now):
            self._plan(self._change_phase())

    def _plan(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin something that nobody waits for."""
        self._is_planned = True
        _ = self._entry.async_create_background_task(self._hass, work, "power target")

    def _look(self) -> None:
        """Find out what the miner offers, and where that leads."""
        offer = self._offer_now()
        if offer is not None:
            self._offer = offer
        if self._offer is None:
            return
        usual = usual_watts(self._offer, self._rated)
        rests_on = (
            self._offer,
            usual,
            *self.learned.watts.items(),
            *self.learned.floors.items(),
        )
        if rests_on == self._curve_rests_on:
            return
        self._curve_rests_on = rests_on
        curve = Curve(self._offer, self.learned, usual)
        self._curve = None if curve.is_empty else curve
        self.reach = curve.reach

    def _offer_now(self) -> Offer | None:
        """Return what the best means offers that somebody serves.

        It is worked out again only where something of it has changed.
        """
        told = tuple(self._told())
        if told != self._told_last:
            self._told_last = told
            found = (self._offer_of(means, *rest) for means, *rest in told)
            self._offered = next((offer for offer in found if offer), None)
        return self._offered

    def _told(self) -> Iterator[tuple[Any, ...]]:
        """Yield what each means is told to be, and how it takes effect."""
        for means, port in PORTS_OF_MEANS.items():
            if (provider := self._state.provider(port)) is None:
                continue
            if means is Means.DUTY:
                if self.may_rest:
                    yield means, None, Settling(), None
            elif (reading := getattr(provider, port.fields[0])) is not None:
                # Which clocks may be had rests on which were seen.
                seen = len(self.learned.watts) if means is Means.TUNING else None
                yield means, reading, provider.settling(FEATURES[means]), seen

    def _offer_of(
        self, means: Means, reading: Any, settling: Settling, _seen: int | None
    ) -> Offer | None:
        """Return what a means offers; None if it makes no difference."""
        match means:
            case Means.POWER_LIMIT:
                return offer_of_limit(reading, settling)
            case Means.PRESET:
                return offer_of_presets(reading, settling)
            case Means.TUNING:
                return offer_of_tuning(reading, settling, self.learned)
            case Means.DUTY:
                return offer_of_duty(settling)

    @property
    def _rated(self) -> float | None:
        """Return what the miner draws at most, as far as anybody knows."""
        teller = self._state.provider(MaxPowerDetectionPort)
        if teller is not None and teller.max_power is not None:
            return teller.max_power.watts
        resolution = self.resolution
        provider = resolution.provider if resolution else None
        return provider.capabilities.rated_power if provider else None

    # Steps

    def _require(self) -> Curve:
        """Return what can be chosen from; raise HomeAssistantError for nothing."""
        is_away = self._state.is_known_off or self._state.is_restarting
        if self._curve is None or not (self.is_offered or is_away):
            raise HomeAssistantError(
                translation_domain=DOMAIN, translation_key="no_power_target"
            )
        return self._curve

    @property
    def _is_settling(self) -> bool:
        """Tell whether the last step still takes effect."""
        return self.settles_until is not None and monotonic() < self.settles_until

    @property
    def _would_wake(self) -> bool:
        """Tell whether the miner has no power, or rests and a step would end that."""
        if not self.is_offered:
            return True
        if self._may_wake:
            return False
        restarts = self._offer is not None and self._offer.settling.restarts
        return restarts and self._state.status in _RESTS

    @property
    def _has_arrived(self) -> bool:
        """Tell whether the miner was seen to draw what it was set to.

        One that mines on may do so long before it must have settled.
        """
        offer, told = self._offer, self._commanded_at
        if told is None or offer is None or offer.settling.restarts:
            return False
        meter, expected = self._believed_meter(), self.expected_power
        watts = watts_of(meter)
        if meter is None or watts is None or expected is None:
            return False
        keeper = self._miner.coordinator_of(meter)
        if not keeper.has_told_since(PowerMonitorPort.feature_type, told + _METER_LAG):
            return False
        return abs(watts - expected) <= _STILL * expected

    async def _step_or_wait(self) -> None:
        """Command what was asked, or wait until it may be."""
        curve, watts = self._require(), self.watts
        if watts is None:
            return
        chosen = curve.choose(watts)
        if await self._is_set(chosen):
            self._is_waiting = False
            self.reason = Reason.SETTLING if self._is_settling else self._outcome()
        elif self._is_settling:
            self._is_waiting, self.reason = True, Reason.WAITS_TO_SETTLE
        elif self._would_wake:
            self._is_waiting, self.reason = True, Reason.WAITS_TO_MINE
        else:
            await self._command(chosen)

    async def _is_set(self, chosen: Setting) -> bool:
        """Tell whether the miner is set so already.

        A person may know better than what was read before, so that it is read anew.
        """
        if chosen != self._setting or self._offer is None:
            return False
        provider = self._state.provider(PORTS_OF_MEANS[self._offer.means])
        if self.origin is Origin.PERSON and provider is not None:
            await self._miner.async_refresh_provider(provider)
        return self._offer.shows(chosen) is not False

    async def _command(self, chosen: Setting) -> None:
        """Have a setting made and proved."""
        if self._apply is None or self._offer is None:
            return
        settling, watts = self._offer.settling, self.watts
        if chosen.means is not Means.DUTY:
            await self._apply(chosen)
        now = monotonic()
        LOGGER.info(
            "%s is set to %s for a power target of %.0f W",
            self._entry.title,
            chosen.text,
            watts,
        )
        if self.watts is None:
            # Whoever asked for it has let go of the miner meanwhile.
            self.settles_until = now + settling.seconds
            return
        self._setting, self._is_waiting = chosen, False
        self.settles_until = now + settling.seconds
        self._commanded_at = now
        self.reason = Reason.SETTLING
        self.starts += settling.restarts
        self._steady = _Steady()
        self._restarts.forgive(int(settling.restarts))
        pause = max(settling.seconds, _PAUSE_OF_STARTS if settling.restarts else 0.0)
        self._next_correction = self.settles_until + pause * self._corrections
        self._look()

    async def _step_by_itself(self) -> None:
        """Command what waits, or what comes nearer to what was asked."""
        try:
            async with self._turn:
                corrects, starts = not self._is_waiting, self.starts
                self._corrections += corrects
                await self._step_or_wait()
                if corrects:
                    self.own_starts += self.starts - starts
        except HomeAssistantError as err:
            if self.reason is not Reason.FAILED:
                LOGGER.warning(
                    "The power target of %s could not be set: %s",
                    self._entry.title,
                    err,
                )
            self.reason, self._is_waiting = Reason.FAILED, True
            self.settles_until = monotonic() + _RETRY_INTERVAL
        finally:
            self._is_planned = False
            self._keep(at_once=True)
            self._miner.async_update_listeners()

    def _is_due(self, now: float) -> bool:
        """Tell whether something is to be commanded without being asked anew."""
        state = self._state
        if (
            self._hass.state is not CoreState.running
            or self._apply is None
            or self._curve is None
            or self.watts is None
            or self._is_settling
            or state.command is not None
            or state.is_restarting
        ):
            return False
        if self._is_waiting:
            return not self._would_wake
        setting = self._setting
        return (
            setting is not None
            and not self._is_corrected_elsewhere
            and state.status is MinerStatus.ON
            and self.is_offered
            and now >= self._next_correction
            and setting.key in self.learned.watts
            and is_missed(self._curve, setting, self.watts)
        )

    @property
    def _is_corrected_elsewhere(self) -> bool:
        """Tell whether watts that are missed are left to whoever asked for them.

        A thermostat sees by its room whether that is worth a start. A fleet counts the
        starts of its members, and shares what they really draw.
        """
        restarts = self._offer is not None and self._offer.settling.restarts
        return restarts and self.origin in (Origin.FLEET, Origin.THERMOSTAT)

    # Turns

    @property
    def _share(self) -> float | None:
        """Return the share of the time that the miner mines; None for all of it.

        Only a person lets it rest by that: a fleet stops its members itself.
        """
        if (
            not self.may_rest
            or self.origin is not Origin.PERSON
            or self.watts is None
            or self._setting is None
            or self._is_waiting
            or self.reach is None
            or self.watts > self.reach.floor * (1 - TOLERANCE)
        ):
            return None
        return self.watts / self.reach.floor

    def _is_duty_due(self, now: float) -> bool:
        """Tell whether the miner is to be stopped or started for its share."""
        duty, share, state = self._duty, self._share, self._state
        if state.command is not None or state.is_restarting or self._is_settling:
            return False
        if share is None:
            # It was let rest, and nobody else would let it mine again.
            is_over = duty.since is not None
            if is_over and duty.is_on:
                duty.since = None
            return is_over and not duty.is_on and now >= self._duty_retry_at
        if duty.since is None:
            if state.status is MinerStatus.ON:
                duty.is_on, duty.since = True, now
                self.reason = Reason.DUTY_ON
                self._keep()
            return False
        if self._is_taken_over():
            return False
        return now >= self._duty_retry_at and duty.shall_change(share, now)

    def _is_taken_over(self) -> bool:
        """End the target where somebody else starts or stops the miner meanwhile."""
        duty, status = self._duty, self._state.status
        if duty.is_on:
            is_foreign = status in (MinerStatus.IDLE, MinerStatus.OFF)
        else:
            is_foreign = status is MinerStatus.ON
        if is_foreign:
            self.watts = self.origin = None
            self.reason = Reason.CHANGED_ELSEWHERE
            duty.is_on, duty.since = True, None
            self._keep(at_once=True)
        return is_foreign

    async def _change_phase(self) -> None:
        """Stop the miner for its rest, or let it mine again."""
        duty = self._duty
        is_on = not duty.is_on
        try:
            async with self._turn:
                if self._switch is not None:
                    await self._switch(is_on)
        except HomeAssistantError as err:
            LOGGER.warning(
                "The power target of %s could not let it %s: %s",
                self._entry.title,
                "mine" if is_on else "rest",
                err,
            )
            self.reason = Reason.FAILED
            self._duty_retry_at = monotonic() + _RETRY_INTERVAL
        else:
            self.starts += is_on
            goes_on = self._share is not None
            duty.is_on, duty.since = is_on, monotonic() if goes_on else None
            if goes_on:
                self.reason = Reason.DUTY_ON if is_on else Reason.DUTY_OFF
            else:
                self.reason = self._outcome()
        finally:
            self._is_planned = False
            self._keep(at_once=True)
            self._miner.async_update_listeners()

    def _outcome(self) -> Reason:
        """Return why the miner is set as it is, once it has settled."""
        if self._duty.since is not None and self._share is not None:
            return Reason.DUTY_ON if self._duty.is_on else Reason.DUTY_OFF
        if self.watts is None or self.reach is None:
            return Reason.AS_ASKED
        if round(self.watts) < round(self.reach.floor):
            return Reason.CANNOT_HOLD if self.unheld else Reason.BELOW_FLOOR
        return Reason.CORRECTED if self._corrections else Reason.AS_ASKED

    # What is seen

    def _note_others(self) -> None:
        """Find out whether somebody else set the miner to something else."""
        state, setting = self._state, self._setting
        if (
            setting is None
            or self._offer is None
            or not self.is_offered
            or self._is_settling
            or state.command is not None
            or state.is_restarting
            or state.status in (MinerStatus.STARTING, *_RESTS)
            or self._offer.shows(setting) is not False
        ):
            return
        LOGGER.info(
            "%s was set to something else than %s; its power target ends",
            self._entry.title,
            setting.text,
        )
        if not self._is_waiting:
            self.watts = self.origin = None
            self.reason = Reason.CHANGED_ELSEWHERE
        self._setting = None
        self._keep(at_once=True)

    def _note_restarts(self, now: float) -> None:
        """Raise the floor above a setting at which mining restarts by itself."""
        state = self._state
        teller = state.provider(OperationalMonitorPort)
        clock = cast("Controller", teller).controller_id if teller else self._clock
        if clock != self._clock:
            self._clock = clock
            self._restarts.forget_uptime()
        told = teller.operation.uptime if teller and teller.operation else None
        asked = state.command is not None or state.is_restarting
        if state.is_known_off:
            self._restarts.forgive(0)
        is_too_often = self._restarts.note(
            now,
            status=state.status,
            uptime=told.total_seconds() if told is not None else None,
            is_asked_for=asked or state.is_known_off or now < self._forgiven_until,
        )
        setting, offer = self._setting, self._offer
        if not is_too_often or setting is None or offer is None:
            return
        self._restarts.forgive(0)
        if not self.learned.cannot_hold(offer, setting):
            return
        LOGGER.warning(
            "%s restarted twice at %s, which it cannot hold; its power target stays "
            "above that",
            self._entry.title,
            setting.text,
        )
        self.unheld = setting.text
        self.reason, self._is_waiting = Reason.CANNOT_HOLD, self.watts is not None
        self.settles_until = None
        self._look()
        self._keep(at_once=True)

    def _learn(self, now: float) -> None:
        """Learn what the miner draws as it is set, once it has done so for a while."""
        offer, meter = self._offer, self._believed_meter()
        setting = self._setting_now()
        if offer is None or setting is None or meter is None:
            self._steady = _Steady()
            return
        steady = self._steady
        if steady.setting != setting:
            self._steady = _Steady(setting, now)
            return
        settled_at = steady.since + offer.settling.seconds
        fresh_since = max(settled_at, steady.learned_at or 0.0)
        keeper = self._miner.coordinator_of(meter)
        watts, before = watts_of(meter), steady.before
        if (
            now < settled_at
            or watts is None
            or (steady.learned_at and now < steady.learned_at + LEARNING_INTERVAL)
            or not keeper.has_told_since(PowerMonitorPort.feature_type, fresh_since)
        ):
            return
        steady.before = watts
        if before is None or abs(watts - before) > _STILL * watts:
            return
        steady.learned_at = now
        self._note_meter(cast("Controller", meter).controller_id)
        if self.learned.learn(offer, setting, watts):
            self._look()
            self._keep()

    def _believed_meter(self) -> PowerMonitorPort | None:
        """Return the meter that is learned from; None while nothing can be learned.

        That is the best one alone, while the miner mines undisturbed.
        """
        state = self._state
        resolution = state.resolution(PowerMonitorPort)
        if (
            state.status is not MinerStatus.ON
            or state.command is not None
            or state.is_restarting
            or not self.is_offered
            or resolution is None
            or resolution.provider is None
            or resolution.is_fallback
        ):
            return None
        if self._offer is not None and self._offer.in_watts:
            # What was told says whether the watts can be true.
            return state.provider(PowerMonitorPort)
        hasher = state.provider(HashrateMonitorPort)
        now = hasher.hashrate if hasher else None
        should = hasher.expected_hashrate if hasher else None
        if now and should and now.to(should.unit) < should.value * _HELD_BACK:
            return None
        return state.provider(PowerMonitorPort)

    def _setting_now(self) -> Setting | None:
        """Return what the miner is set to, by its own word or by what it was told."""
        if self._offer is None:
            return None
        if self._setting is not None and self._offer.shows(self._setting) is not False:
            return self._setting
        return self._offer.current

    def _note_meter(self, meter: str) -> None:
        """Forget what another meter showed: it may measure somewhere else."""
        if meter != self._meter:
            self._meter = meter
            self.learned.watts.clear()

    @callback
    def _keep(self, *, at_once: bool = False) -> None:
        """Store all that outlasts a restart."""
        self._store.keep(
            {
                "watts": self.watts,
                "origin": self.origin,
                "reason": self.reason,
                "setting": self._setting.as_dict() if self._setting else None,
                "waiting": self._is_waiting,
                "settles_at": _timestamp_of(self.settles_until),
                "duty_on": self._duty.is_on,
                "duty_since": _timestamp_of(self._duty.since),
                "starts": self.starts,
                "unheld": self.unheld,
                "meter": self._meter,
                "learned": dict(self.learned.watts),
                "floors": dict(self.learned.floors),
            },
            at_once=at_once,
        )


def _timestamp_of(time: float | None) -> float | None:
    """Return a time of this run as one that outlasts it."""
    if time is None:
        return None
    return dt_util.utcnow().timestamp() + time - monotonic()


def _monotonic_of(timestamp: float | None) -> float | None:
    """Return a time that was stored as one of this run."""
    if timestamp is None:
        return None
    return monotonic() + timestamp - dt_util.utcnow().timestamp()
