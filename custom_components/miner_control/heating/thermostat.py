"""Have a miner or a fleet heat a room: look, decide, tell, and remember."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.const import STATE_ON
from homeassistant.core import (
    CoreState,
    Event,
    EventStateChangedData,
    HassJob,
    State,
    callback,
)
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import (
    async_track_state_change_event,
    async_track_time_interval,
)
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util

from ..const import LOGGER
from ..controllers.entities.readings import is_known
from ..coordinator import OwnCommand
from ..domain.authority import Authority
from ..domain.budget import LettingGo
from ..domain.comfort import Comfort, Mode, Preset
from ..domain.fans import FanWatch
from ..domain.features import MinerStatus
from ..domain.thermostat import USUAL_WATTS, Decision, Situation, Thermostat
from ..storage.heating import HeatingSettings
from ..storage.kept import KeptHeating
from .actor import HeatingActor
from .heater import Heater
from .issues import HeatingIssues
from .sensors import RoomReading, outdoors

LOOK_INTERVAL: Final = timedelta(seconds=30)
_SAVE_INTERVAL: Final = 300.0
_MINUTE: Final = 60.0
# How long a miner may take after a start until it has to hash, in seconds.
_STARTING_GRACE: Final = 900.0
# The weight of what was measured last in what a miner is known to draw.
_LEARNING: Final = 0.02
# No time that passed between two looks is longer: nothing is counted across a gap.
_LONGEST: Final = 300.0
_SECONDS_PER_HOUR: Final = 3600.0


class HeatingThermostat:
    """Heat a room, as far as those above the thermostat let it."""

    def __init__(self, heater: Heater) -> None:
        """Know what the user set; look at nothing yet."""
        self.heater = heater
        self._hass = heater.hass
        self._entry = heater.entry
        self.settings = HeatingSettings.of(self._entry)
        self._brain = Thermostat(heater.limits(self.settings))
        self.comfort = Comfort(
            temperatures={
                Preset.AWAY: self.settings.away_temperature,
                Preset.SLEEP: self.settings.sleep_temperature,
                Preset.COMFORT: self.settings.comfort_temperature,
                Preset.BOOST: self.settings.boost_temperature,
            }
        )
        self._actor = HeatingActor(heater)
        self._issues = HeatingIssues(self._hass, self._entry)
        self._store = KeptHeating(self._hass, self._entry)
        self.decision = Decision()
        self.reading: RoomReading | None = None
        self.watts: float | None = None
        # The heat that was given while the thermostat was on, in kWh.
        self.heat = 0.0
        self._held_until = 0.0
        self._usual: float | None = None
        self._looked_at: float | None = None
        self._saved_at = 0.0
        self._own_starts = heater.own_starts
        self._fan_on_since: float | None = None
        self._mined_at: float | None = None
        # Whether it turns is known only where it is measured.
        self._external_fan = FanWatch(have_turned=True)
        self._is_looking = False
        self._has_started = False
        self._shown: object = None

    # What is shown

    @property
    def target(self) -> float:
        """Return the temperature that is aimed at, or would be."""
        wanted = self.comfort.target(self._scheduled())
        settings = self.settings
        return min(max(wanted, settings.min_temperature), settings.max_temperature)

    @property
    def is_heating(self) -> bool:
        """Tell whether heat is given, by what is measured."""
        if self.watts is None:
            return self.heater.status is MinerStatus.ON
        return self.watts > self.heater.least_heat(self._usual_watts())

    @property
    def is_starting(self) -> bool:
        """Tell whether heat is on its way."""
        return self.heater.status is MinerStatus.STARTING

    @property
    def is_fan_running_on(self) -> bool:
        """Tell whether only the fan runs."""
        return bool(self._actor.fan) and not self.is_heating

    @property
    def gain(self) -> float | None:
        """Return what the room was learned to need, in W for each kelvin."""
        return self._brain.room.gain

    @property
    def starts(self) -> int:
        """Return how often mining was started within a day."""
        return self._brain.starts_used(_now())

    @property
    def failure(self) -> str | None:
        """Return why the miner or its fan did not do what it was told."""
        return self._actor.failure or self._actor.fan_failure

    @property
    def shown(self) -> object:
        """Return all that entities show, to be compared."""
        decision = self.decision
        reading = self.reading
        return (
            self.comfort.mode,
            self.comfort.preset,
            self.target,
            reading and round(reading.celsius, 2),
            self.is_heating,
            self.is_starting,
            self.is_fan_running_on,
            decision.why,
            decision.authority,
            round(decision.need, -1),
            decision.until and round(decision.until),
            self.failure,
            self.starts,
        )

    @property
    def report(self) -> dict[str, Any]:
        """Return all that helps to find a fault."""
        return {
            "mode": self.comfort.mode,
            "preset": self.comfort.preset,
            "target": self.target,
            "why": self.decision.why,
            "authority": self.decision.authority.name.lower(),
            "need": self.decision.need,
            "failure": self.failure,
            "held_until": self._held_until,
            **self._brain.store(),
        }

    # What people do

    async def async_set_mode(self, mode: Mode) -> None:
        """Follow nothing, a temperature, or a schedule."""
        before, self.comfort.mode = self.comfort.mode, mode
        self._person_decided()
        if mode is Mode.OFF and before is not Mode.OFF:
            await self._let_go()

    @callback
    def set_temperature(self, celsius: float) -> None:
        """Aim at a temperature."""
        self.comfort.set_by_hand(celsius)
        self._person_decided()

    @callback
    def choose(self, preset: Preset | None) -> None:
        """Aim at what a preset stands for."""
        self.comfort.choose(preset)
        self._person_decided()

    @callback
    def forget(self) -> None:
        """Forget what was learned of the room."""
        self._brain.room.forget()
        self._keep(at_once=True)
        self.look()

    def _person_decided(self) -> None:
        """Let the thermostat rule: whoever uses it wants that."""
        self._held_until = 0.0
        self._keep(at_once=True)
        self.look()

    # Beginning and end

    async def async_start(self) -> None:
        """Go on with what was so before, and look from now on."""
        await self._store.async_load()
        self._restore(self._store.known)
        entry = self._entry
        entry.async_on_unload(self.heater.subscribe_own_commands(self._on_own_command))
        entry.async_on_unload(
            async_track_time_interval(self._hass, self._on_timer, LOOK_INTERVAL)
        )
        entry.async_on_unload(self.heater.coordinator.async_add_listener(self.look))
        if schedule := self._schedule_id():
            entry.async_on_unload(
                async_track_state_change_event(self._hass, schedule, self._on_schedule)
            )
        entry.async_on_unload(async_at_started(self._hass, self._on_started))
        entry.async_on_unload(
            self._hass.async_add_shutdown_job(HassJob(self._async_end, "heating ends"))
        )
        entry.async_on_unload(self._on_unload)

    async def async_stop(self) -> None:
        """End what is going on; let go of the miner if the thermostat is gone."""
        await self._break_off()
        is_gone = self._entry.disabled_by is not None
        if is_gone or not HeatingSettings.of(self._entry).enabled:
            await self._let_go()
        self._keep(at_once=True)

    async def _async_end(self) -> None:
        """Let go of the miner, since Home Assistant ends."""
        await self._break_off()
        await self._let_go()
        self._keep(at_once=True)

    async def _break_off(self) -> None:
        """Look no more, and end what is going on.

        A miner whose start is broken off seems to be stopped, and may start anyway.
        """
        self._has_started = False
        await self._actor.async_stop()

    @callback
    def _on_unload(self) -> None:
        """Leave no issue behind that nobody would end."""
        self._issues.forget()

    async def _let_go(self) -> None:
        """Do with the miner what the user chose for when the thermostat is off."""
        is_ours = self.decision.authority is Authority.THERMOSTAT
        may = is_ours or self.decision.authority is Authority.LOST_SENSOR
        if self.settings.observe or not may or self.heater.held is Authority.FLEET:
            return
        try:
            await self.heater.let_go(LettingGo(self.settings.letting_go))
        except HomeAssistantError as err:
            LOGGER.warning(
                "The thermostat could not let go of %s: %s", self._entry.title, err
            )

    # Looking

    @callback
    def _on_timer(self, _now: datetime) -> None:
        """Look because time has passed."""
        self.look()

    @callback
    def _on_started(self, _hass: Any) -> None:
        """Look because Home Assistant has all that it will have."""
        self._has_started = True
        self.look()

    @callback
    def _on_schedule(self, event: Event[EventStateChangedData]) -> None:
        """Follow the schedule again, when it goes on to something else."""
        before, after = event.data["old_state"], event.data["new_state"]
        was, is_now = _told(before), _told(after)
        if was is not None and is_now is not None and was != is_now:
            self.comfort.note_schedule_changed()
            self._keep(at_once=True)
        self.look()

    @callback
    def _on_own_command(self, command: OwnCommand) -> None:
        """Leave the miner alone for a while: a person told it something."""
        if self.settings.hold <= 0 or self.comfort.mode is Mode.OFF:
            return
        self._held_until = command.at + self.settings.hold * _MINUTE
        self._keep(at_once=True)

    @callback
    def look(self) -> None:
        """Look, decide and act; nothing that goes wrong ends that."""
        if self._is_looking or not self._has_started:
            return
        self._is_looking = True
        try:
            self._look(_now())
        except Exception:  # noqa: BLE001 - the next look may go well
            LOGGER.exception("The thermostat of %s decided nothing", self._entry.title)
        finally:
            self._is_looking = False
        if (shown := self.shown) != self._shown:
            self._shown = shown
            self._is_looking = True
            self.heater.coordinator.async_update_listeners()
            self._is_looking = False

    def _look(self, now: float) -> None:
        """Look, decide and act."""
        self.watts = self.heater.watts
        self._learn_usual()
        self._count(now)
        own_starts = self.heater.own_starts
        for _ in range(own_starts - self._own_starts):
            self._brain.note_restart(now)
        self._own_starts = own_starts
        self.reading = self.heater.room_reading(self._brain.limits.sensor_timeout)
        situation = self._situation(now)
        wished = self._brain.decide(situation)
        if not self.settings.observe and self._hass.state is CoreState.running:
            self.heater.note(wished)
            self._act(wished, situation, now)
        self.decision = self.heater.judged(wished)
        self._issues.settle(
            self.decision.why,
            is_on=self.comfort.mode is not Mode.OFF,
            obeys=self.heater.obeys,
        )
        if now - self._saved_at >= _SAVE_INTERVAL:
            self._keep()

    def _situation(self, now: float) -> Situation:
        """Return what is known of room and miner now."""
        heater, is_mining = self.heater, self.heater.is_mining
        if is_mining:
            self._mined_at = now
        # Others may have asked for something else since.
        self._brain.asked = heater.asked
        reading = self.reading
        return Situation(
            now=now,
            target=None if self.comfort.mode is Mode.OFF else self.target,
            room=reading.celsius if reading else None,
            room_age=reading.age if reading else 0.0,
            outdoors=outdoors(self._hass, self.settings.outdoor_sensor),
            watts=self.watts,
            usual_watts=self._usual_watts(),
            is_mining=is_mining,
            is_available=heater.is_available,
            is_starting=heater.is_held_back,
            hashes=self._hashes(now, heater.status),
            chip=heater.chip,
            fans_have_failed=self._fans_have_failed(now),
            reach=heater.reach,
            settles_until=heater.settles_until(now),
            held=self._held(now),
        )

    def _held(self, now: float) -> Authority | None:
        """Return who decides above the thermostat, if anybody."""
        held = self.heater.held
        if held is not Authority.EMERGENCY_STOP and now < self._held_until:
            return Authority.PERSON
        return held

    def _hashes(self, now: float, status: MinerStatus | None) -> bool | None:
        """Tell whether the miner works; one that has just started need not yet."""
        if status is MinerStatus.ERROR:
            return False
        is_new = now - self._brain.changed_at < _STARTING_GRACE
        if status is MinerStatus.STARTING and is_new:
            return None
        return self.heater.hashes

    def _fans_have_failed(self, now: float) -> bool:
        """Tell whether fans stand still that should cool the miner now."""
        self._external_fan.note(
            turn=self.heater.external_fan_turns,
            works=self.settings.external_fan and bool(self._actor.fan),
            read_at=now,
        )
        return self.heater.own_fans_have_failed or self._external_fan.have_failed

    def _usual_watts(self) -> float:
        """Return what the miner draws that can only be on or off."""
        if self._usual is not None:
            return self._usual
        return self.heater.most_watts or self.settings.max_power or USUAL_WATTS

    def _learn_usual(self) -> None:
        """Learn what the miner draws while it mines."""
        if self.heater.status is MinerStatus.ON and self.watts:
            before = self.watts if self._usual is None else self._usual
            if self.watts > before / 2:
                self._usual = before + _LEARNING * (self.watts - before)

    def _count(self, now: float) -> None:
        """Count the heat that the miner gives while the thermostat is on."""
        before, self._looked_at = self._looked_at, now
        if before is None or self.comfort.mode is Mode.OFF or not self.watts:
            return
        seconds = min(max(now - before, 0.0), _LONGEST)
        self.heat += self.watts * seconds / _SECONDS_PER_HOUR / 1000

    # Acting

    def _act(self, decision: Decision, situation: Situation, now: float) -> None:
        """Tell miner and fan what was decided, where there is anything to tell."""
        self._run_fan(decision, now)
        if decision.mine is None and decision.watts is None:
            return
        if self.heater.held is Authority.FLEET:
            # The fleet does what protects miner and room: it knows of the circuits.
            return
        if not self._actor.may_try(now):
            return
        if decision.mine and not self._is_fan_ready(now):
            return
        reach = situation.reach
        restarts = reach is not None and reach.restarts and situation.is_mining

        @callback
        def on_done(done: Decision | None) -> None:
            """Note that the miner did what was decided."""
            if done is None:
                return
            self._brain.note_told(done, _now())
            if restarts and done.watts is not None and done.mine is None:
                self._brain.note_restart(_now())
            self._keep(at_once=True)

        self._actor.begin(decision, now, on_done)

    @property
    def _has_fan(self) -> bool:
        """Tell whether there is an external fan that the thermostat runs."""
        return self.settings.external_fan and self.heater.has_fan

    def _run_fan(self, decision: Decision, now: float) -> None:
        """Run the external fan before, while and after the miner heats."""
        if not self._has_fan or decision.authority is Authority.PERSON:
            return
        after = self.settings.fan_after * _MINUTE
        ran = self._mined_at is not None and now - self._mined_at < after
        is_wanted = self.heater.is_mining or bool(decision.mine)
        if is_wanted or ran:
            if self._fan_on_since is None or self._actor.fan == 0:
                self._fan_on_since = now
            self._actor.run_fan(self.settings.fan_speed, now)
        elif self._fan_on_since is not None:
            self._actor.run_fan(0, now)
            if self._actor.fan == 0:
                # Until it has obeyed, it is told again.
                self._fan_on_since = None

    def _is_fan_ready(self, now: float) -> bool:
        """Tell whether the external fan has run long enough for the miner to start."""
        if not self._has_fan:
            return True
        if not self._actor.fan or self._fan_on_since is None:
            return False
        return now - self._fan_on_since >= self.settings.fan_before

    # Schedule and memory

    def _schedule_id(self) -> str | None:
        """Return the entity that says when it should be how warm."""
        reference = self.settings.schedule
        if not reference:
            return None
        return er.async_resolve_entity_id(er.async_get(self._hass), reference)

    def _scheduled(self) -> Preset | float | None:
        """Return what the schedule says now; None if there is none, or it is silent."""
        entity_id = self._schedule_id()
        return _told(self._hass.states.get(entity_id) if entity_id else None)

    def _restore(self, known: Mapping[str, Any]) -> None:
        """Go on with what was kept."""
        self.comfort.restore(known.get("comfort") or {})
        self._brain.restore(known.get("brain") or {})
        self.heat = _sound(known.get("heat"))
        self._held_until = _sound(known.get("held_until"))
        self._usual = _sound(known.get("usual")) or None
        self._mined_at = _sound(known.get("mined_at")) or None
        self._fan_on_since = _sound(known.get("fan_on_since")) or None
        if not self.settings.observe:
            self.heater.restore(known.get("heater") or {})

    @callback
    def _keep(self, *, at_once: bool = False) -> None:
        """Store all that outlasts a restart."""
        self._saved_at = _now()
        self._store.keep(
            {
                "comfort": self.comfort.store(),
                "brain": self._brain.store(),
                "heat": self.heat,
                "held_until": self._held_until,
                "usual": self._usual,
                "mined_at": self._mined_at,
                "fan_on_since": self._fan_on_since,
                "heater": dict(self.heater.kept),
            },
            at_once=at_once,
        )


def _told(state: State | None) -> Preset | float | None:
    """Return what a schedule says: a temperature, a preset, or comfort and sleep."""
    if state is None or not is_known(state):
        return None
    degrees = state.attributes.get("temperature")
    if isinstance(degrees, int | float) and state.state == STATE_ON:
        return float(degrees)
    preset = state.attributes.get("preset", state.state)
    if preset in set(Preset):
        return Preset(preset)
    return Preset.COMFORT if state.state == STATE_ON else Preset.SLEEP


def _now() -> float:
    """Return the time in a form that can be stored."""
    return dt_util.utcnow().timestamp()


def _sound(stored: object) -> float:
    """Return a number that was stored, 0 for anything else."""
    return float(stored) if isinstance(stored, int | float) and stored >= 0 else 0.0
