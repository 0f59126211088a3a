"""A miner that exists only as a physical model."""

from collections.abc import Awaitable, Callable
from itertools import pairwise

from hypothesis import assume, given, strategies as st
import pytest

from custom_components.miner_control.controllers.base import ControllerConfig
from custom_components.miner_control.controllers.errors import (
    ControllerUnreachableError,
    UnsupportedError,
)
from custom_components.miner_control.controllers.simulated import (
    AMBIENT,
    BOARDS,
    FANS,
    IDLE_POWER,
    MAX_FAN_RPM,
    OUTDOORS,
    POWER_RANGE,
    PRESETS,
    RATED_HASHRATE,
    RATED_POWER,
    ROOM,
    PhysicalModel,
    SimulatedController,
    capabilities,
)
from custom_components.miner_control.domain.features import (
    MinerFeatureType,
    MinerStatus,
)
from custom_components.miner_control.domain.ports import PORTS
from custom_components.miner_control.domain.values import (
    FanSetting,
    Power,
    PowerLimit,
    is_plausible,
)
from tests.controllers.support import NO_HASS

ALL = frozenset(MinerFeatureType)
HOUR = 3600.0

limits = st.floats(*POWER_RANGE)
seconds = st.floats(0.1, 10 * HOUR)
fans = st.builds(FanSetting, st.none(), st.just(value=True)) | st.builds(
    FanSetting, st.integers(0, 100)
)
models = st.builds(
    PhysicalModel,
    supplied=st.booleans(),
    switched_on=st.booleans(),
    mining=st.booleans(),
    limit=limits,
    fan=fans,
    load=st.floats(0, 1),
    temperature=st.floats(AMBIENT, 105),
)

type Command = Callable[[SimulatedController], Awaitable[None]]

NEED_POWER: dict[str, Command] = {
    "start": lambda miner: miner.start_mining(),
    "stop": lambda miner: miner.stop_mining(),
    "fan": lambda miner: miner.set_internal_fan(FanSetting(50)),
    "limit": lambda miner: miner.set_power_limit(2000),
    "preset": lambda miner: miner.select_preset("low"),
    "reboot": lambda miner: miner.reboot(),
    "restart": lambda miner: miner.restart_mining(),
    "locate": lambda miner: miner.set_locating(locating=True),
}
OUT_OF_RANGE: dict[str, Command] = {
    "fan above 100 %": lambda miner: miner.set_internal_fan(FanSetting(101)),
    "fan below 0 %": lambda miner: miner.set_internal_fan(FanSetting(-1)),
    "fan without a setting": lambda miner: miner.set_internal_fan(FanSetting(None)),
    "external fan": lambda miner: miner.set_external_fan(FanSetting(101)),
    "external fan by itself": lambda miner: miner.set_external_fan(
        FanSetting(None, automatic=True)
    ),
    "limit too low": lambda miner: miner.set_power_limit(POWER_RANGE[0] - 1),
    "limit too high": lambda miner: miner.set_power_limit(POWER_RANGE[1] + 1),
    "limit that is no number": lambda miner: miner.set_power_limit(float("nan")),
    "preset": lambda miner: miner.select_preset("ludicrous"),
}


class Clock:
    """A clock that goes on when told."""

    def __init__(self) -> None:
        """Start at any time."""
        self.now = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture(autouse=True)
def _custom_integrations() -> None:
    """Start no Home Assistant, as the shared fixture of that name would."""


@pytest.fixture
def clock() -> Clock:
    """Return the clock of the miner."""
    return Clock()


@pytest.fixture
def miner(clock: Clock) -> SimulatedController:
    """Return a simulated miner that was just linked."""
    config = ControllerConfig(
        controller_id="id", title="Model", data={}, capabilities=capabilities()
    )
    return SimulatedController(NO_HASS, config, clock)


async def after(miner: SimulatedController, clock: Clock, time: float) -> None:
    """Let time pass, and refresh the miner."""
    clock.now += time
    await miner.async_refresh(ALL)


def watts(miner: SimulatedController) -> float:
    """Return the power that the miner shows."""
    assert miner.power is not None
    return miner.power.watts


def status(miner: SimulatedController) -> MinerStatus | None:
    """Return the status that the miner shows."""
    return miner.status


def is_mining(miner: SimulatedController) -> bool | None:
    """Return whether the miner says that it mines."""
    return miner.is_mining


def uptime(miner: SimulatedController) -> float:
    """Return the seconds that the miner shows to be up."""
    assert miner.operation is not None
    assert miner.operation.uptime is not None
    return miner.operation.uptime.total_seconds()


# The model


@given(limits, fans)
def test_mining_ramps_up(limit: float, fan: FanSetting) -> None:
    """Load, power and hash rate only rise after a start, up to the limit."""
    model = PhysicalModel(limit=limit, fan=fan)
    shown: list[tuple[float, ...]] = []
    for _ in range(120):
        model.step(10)
        state = (model.load, model.power, model.hashrate)
        # Less than this is the rounding of floats.
        shown.append(tuple(round(value, 9) for value in state))
    for before, now in pairwise(shown):
        assert now == tuple(map(max, zip(before, now, strict=True)))
    assert model.power == pytest.approx(limit)
    assert model.hashrate == pytest.approx(model.expected_hashrate)


@given(fans)
def test_heating_up_is_monotonic(fan: FanSetting) -> None:
    """A miner that starts grows warmer until it is as warm as it gets."""
    model = PhysicalModel(fan=fan)
    shown = [model.temperature]
    for _ in range(200):
        model.step(10)
        shown.append(model.temperature)
    rises = [now - before for before, now in pairwise(shown)]
    assert min(rises) >= -1e-9
    assert shown[-1] > AMBIENT + 10
    assert rises[-1] < 0.01


@given(models)
def test_cooling_down_is_monotonic(model: PhysicalModel) -> None:
    """A miner without power cools to its surroundings, and not below."""
    model.switched_on = False
    shown = [model.temperature]
    for _ in range(200):
        model.step(10)
        shown.append(model.temperature)
    assert all(now <= before + 1e-9 for before, now in pairwise(shown))
    assert model.temperature == pytest.approx(AMBIENT, abs=0.01)


@given(limits, limits)
def test_hash_rate_follows_power(one: float, other: float) -> None:
    """More power hashes more, but each further watt less."""
    low, high = sorted((one, other))
    assume(high - low > 1)
    weak, strong = PhysicalModel(limit=low), PhysicalModel(limit=high)
    weak.step(HOUR)
    strong.step(HOUR)
    assert strong.power > weak.power
    assert strong.hashrate > weak.hashrate
    assert strong.temperature > weak.temperature
    assert strong.hashrate / strong.load < weak.hashrate / weak.load


def test_ratings_are_reached_at_the_highest_limit() -> None:
    """At full power the model does what is written on its label."""
    model = PhysicalModel(limit=RATED_POWER)
    model.step(HOUR)
    assert model.power == pytest.approx(RATED_POWER)
    assert model.hashrate == pytest.approx(RATED_HASHRATE)


@given(models, seconds)
def test_off_means_zero(model: PhysicalModel, time: float) -> None:
    """Without power nothing is drawn, hashed, blown or counted."""
    model.switched_on = False
    energy, shares = model.energy, model.shares
    model.step(time)
    assert model.status is MinerStatus.OFF
    assert (model.power, model.hashrate, model.fan_percent) == (0, 0, 0)
    assert (model.uptime, model.load) == (0, 0)
    assert (model.energy, model.shares) == (energy, shares)


@given(models, seconds)
def test_idle_draws_little(model: PhysicalModel, time: float) -> None:
    """A stopped miner that has power hashes nothing, but draws some."""
    model.supplied = model.switched_on = True
    model.mining = False
    model.step(time)
    assert model.status is MinerStatus.IDLE
    assert model.power == IDLE_POWER
    assert model.hashrate == 0
    assert model.energy == pytest.approx(IDLE_POWER * time / 3_600_000)
    assert model.uptime == time


@given(models, seconds, st.floats(0.1, 0.9))
def test_counters_do_not_depend_on_how_often_one_looks(
    model: PhysicalModel, time: float, share: float
) -> None:
    """Two short steps count what one long step counts."""
    other = PhysicalModel(
        supplied=model.supplied,
        switched_on=model.switched_on,
        mining=model.mining,
        limit=model.limit,
        fan=model.fan,
        load=model.load,
    )
    model.step(time)
    other.step(time * share)
    other.step(time * (1 - share))
    for name in ("load", "energy", "shares", "uptime"):
        assert getattr(other, name) == pytest.approx(getattr(model, name), abs=1e-9)


@given(models, seconds)
def test_energy_is_the_integral_of_power(model: PhysicalModel, time: float) -> None:
    """Energy lies between what the lowest and the highest power would use."""
    model.step(0)
    before = model.power
    model.step(time)
    low, high = sorted((before, model.power))
    joules = model.energy * 3_600_000
    assert low * time - 1e-6 <= joules * (1 + 1e-9)
    assert joules * (1 - 1e-9) <= high * time + 1e-6


@given(models, seconds)
def test_everything_shown_is_plausible(model: PhysicalModel, time: float) -> None:
    """Whatever happens to the model, it shows what a real miner could."""
    model.step(time)
    assert 0 <= model.load <= 1
    assert 0 <= model.power <= RATED_POWER + 1e-6
    assert 0 <= model.fan_percent <= 100
    assert AMBIENT - 1e-6 <= model.temperature <= 105 + 1e-6


@pytest.mark.parametrize(
    ("fan", "load", "expected"),
    [
        (FanSetting(None, automatic=True), 0.0, 20),
        (FanSetting(None, automatic=True), 0.5, 60),
        (FanSetting(None, automatic=True), 1.0, 100),
        (FanSetting(35), 1.0, 35),
        (FanSetting(0), 1.0, 0),
    ],
)
def test_fans(fan: FanSetting, load: float, expected: float) -> None:
    """Fans run as they are set, or follow the load."""
    assert PhysicalModel(fan=fan, load=load).fan_percent == expected


def test_slow_fans_make_it_hot() -> None:
    """The slower the fans, the warmer the boards."""
    temperatures = []
    for percent in (100, 50, 0):
        model = PhysicalModel(fan=FanSetting(percent))
        model.step(HOUR)
        temperatures.append(model.temperature)
    assert temperatures == sorted(set(temperatures))


# The controller


@pytest.mark.parametrize("feature_type", MinerFeatureType)
async def test_every_feature_is_served(
    miner: SimulatedController, clock: Clock, feature_type: MinerFeatureType
) -> None:
    """A miner that was just linked has a value for all that can be read."""
    await after(miner, clock, 10)
    assert feature_type in miner.features
    assert miner.can_serve(feature_type)
    assert isinstance(miner, PORTS[feature_type])
    reading = PORTS[feature_type].reading
    assert reading is None or is_plausible(getattr(miner, reading))


def test_new_miner_has_been_mining(miner: SimulatedController) -> None:
    """A demonstration shows a miner at work, even before the first refresh."""
    assert status(miner) is MinerStatus.ON
    assert watts(miner) == pytest.approx(PRESETS["normal"], rel=1e-3)
    assert miner.is_mining is True
    assert miner.is_powered is True


async def test_readings_agree_with_each_other(
    miner: SimulatedController, clock: Clock
) -> None:
    """Boards add up to the miner, and all fans turn alike."""
    await after(miner, clock, HOUR)
    assert miner.hashboards is not None
    assert miner.hashrate is not None
    assert miner.expected_hashrate is not None
    assert miner.internal_fan_speeds is not None
    boards = [board.hashrate.value for board in miner.hashboards if board.hashrate]
    assert len(boards) == BOARDS == capabilities().boards
    assert sum(boards) == pytest.approx(miner.hashrate.value)
    assert miner.hashrate.value == pytest.approx(miner.expected_hashrate.value)
    assert len(miner.internal_fan_speeds) == FANS == capabilities().fans
    assert len(set(miner.internal_fan_speeds)) == 1
    assert all(board.frequency == miner.frequency for board in miner.hashboards)


async def test_room_is_as_warm_as_the_miner_makes_it(
    miner: SimulatedController, clock: Clock
) -> None:
    """It stays warm while the miner works, and cools down to the air outdoors."""
    await after(miner, clock, HOUR)
    assert miner.room_temperature is not None
    assert miner.room_temperature.celsius == pytest.approx(ROOM, abs=0.1)
    await miner.turn_power_off()
    await after(miner, clock, 12 * HOUR)
    assert miner.room_temperature is not None
    assert miner.room_temperature.celsius == pytest.approx(OUTDOORS, abs=0.1)


async def test_temperatures_fall_towards_the_inlet(
    miner: SimulatedController, clock: Clock
) -> None:
    """Chips are warmest, then boards, then what flows out, then what flows in."""
    await after(miner, clock, HOUR)
    readings = [
        miner.chip_temperature,
        miner.board_temperature,
        miner.outlet_temperature,
        miner.inlet_temperature,
    ]
    degrees = [reading.celsius for reading in readings if reading]
    assert len(degrees) == 4
    assert degrees == sorted(set(degrees), reverse=True)


async def test_ratings(miner: SimulatedController) -> None:
    """What the miner can do at most does not depend on what it does."""
    await miner.turn_power_off()
    assert miner.max_power == Power(RATED_POWER)
    assert miner.max_hashrate is not None
    assert miner.max_hashrate.value == RATED_HASHRATE
    assert miner.device_info is not None
    assert miner.device_info.model == capabilities().model
    assert miner.device_info.make == capabilities().make


async def test_stop_and_start(miner: SimulatedController, clock: Clock) -> None:
    """A stopped miner idles; started again, it ramps up."""
    await miner.stop_mining()
    assert is_mining(miner) is False
    assert status(miner) is MinerStatus.IDLE
    assert watts(miner) == IDLE_POWER
    await miner.start_mining()
    assert is_mining(miner) is True
    assert status(miner) is MinerStatus.STARTING
    await after(miner, clock, 10)
    assert status(miner) is MinerStatus.ON
    assert IDLE_POWER < watts(miner) < PRESETS["normal"]


async def test_power_off(miner: SimulatedController, clock: Clock) -> None:
    """Without power everything that moves shows zero, at once."""
    await miner.set_locating(locating=True)
    await miner.turn_power_off()
    assert miner.is_powered is False
    assert miner.is_mining is False
    assert miner.is_locating is False
    assert status(miner) is MinerStatus.OFF
    assert miner.hashrate is not None
    assert miner.frequency is not None
    assert miner.voltage is not None
    assert miner.internal_fan_speeds is not None
    assert watts(miner) == miner.hashrate.value == miner.frequency.megahertz == 0
    assert miner.voltage.volts == 0
    assert {fan.value for fan in miner.internal_fan_speeds if fan} == {0}
    await after(miner, clock, HOUR)
    assert watts(miner) == 0
    assert miner.board_temperature is not None
    assert miner.board_temperature.celsius == pytest.approx(AMBIENT)


async def test_power_on(miner: SimulatedController, clock: Clock) -> None:
    """A miner that gets power mines by itself, and counts from then."""
    await miner.turn_power_off()
    energy = miner.energy
    clock.now += HOUR
    await miner.turn_power_on()
    assert miner.energy == energy
    assert status(miner) is MinerStatus.STARTING
    await after(miner, clock, 20)
    assert uptime(miner) == pytest.approx(20)
    assert status(miner) is MinerStatus.ON


async def test_time_before_a_command_counts(
    miner: SimulatedController, clock: Clock
) -> None:
    """What the miner used until it was stopped is not lost."""
    before = miner.energy
    clock.now += HOUR
    await miner.turn_power_off()
    assert miner.energy is not None
    assert before is not None
    used = miner.energy.kilowatt_hours - before.kilowatt_hours
    assert used == pytest.approx(PRESETS["normal"] / 1000, rel=1e-3)


async def test_power_that_somebody_else_cut(
    miner: SimulatedController, clock: Clock
) -> None:
    """While a plug holds the power back, the miner cools and counts nothing."""
    energy = miner.energy
    miner.forget_connection()
    assert status(miner) is MinerStatus.OFF
    assert watts(miner) == 0
    await after(miner, clock, HOUR)
    assert miner.energy == energy
    assert status(miner) is MinerStatus.STARTING
    await after(miner, clock, 10)
    assert status(miner) is MinerStatus.ON
    assert uptime(miner) == pytest.approx(10)


async def test_power_that_came_back_to_a_miner_switched_off(
    miner: SimulatedController, clock: Clock
) -> None:
    """Its own switch holds, whatever the plug does."""
    await miner.turn_power_off()
    miner.forget_connection()
    await after(miner, clock, HOUR)
    assert miner.is_powered is False
    assert watts(miner) == 0


async def test_counters_rise(miner: SimulatedController, clock: Clock) -> None:
    """An hour of mining finds shares, of which few are rejected, and is uptime."""
    assert miner.operation is not None
    up, shares = uptime(miner), miner.operation.shares_accepted
    await after(miner, clock, HOUR)
    assert uptime(miner) - up == HOUR
    accepted, rejected = (
        miner.operation.shares_accepted,
        miner.operation.shares_rejected,
    )
    assert shares is not None
    assert accepted is not None
    assert rejected is not None
    assert accepted > shares
    assert 0 < rejected < accepted / 100


@pytest.mark.parametrize(
    ("setting", "rpm"),
    [(FanSetting(50), MAX_FAN_RPM / 2), (FanSetting(0), 0.0)],
)
async def test_internal_fan(
    miner: SimulatedController, setting: FanSetting, rpm: float
) -> None:
    """The fans turn as they are told."""
    await miner.set_internal_fan(setting)
    assert miner.internal_fan == setting
    assert miner.internal_fan_speeds is not None
    assert {fan.value for fan in miner.internal_fan_speeds if fan} == {rpm}


async def test_internal_fan_follows_the_load_again(miner: SimulatedController) -> None:
    """The miner can rule its fans by itself."""
    automatic = miner.internal_fan_speeds
    await miner.set_internal_fan(FanSetting(20))
    assert miner.internal_fan_speeds != automatic
    await miner.set_internal_fan(FanSetting(None, automatic=True))
    assert miner.internal_fan_speeds == automatic


async def test_external_fan_runs_without_the_miner(miner: SimulatedController) -> None:
    """The external fan has power of its own."""
    assert miner.external_fan == FanSetting(0)
    await miner.turn_power_off()
    await miner.set_external_fan(FanSetting(80))
    assert miner.external_fan == FanSetting(80)
    assert miner.external_fan_speed is not None
    assert miner.external_fan_speed.value > 0
    await miner.set_external_fan(FanSetting(0))
    assert miner.external_fan_speed.value == 0


@pytest.mark.parametrize("limit", [*POWER_RANGE, 1500.0])
async def test_power_limit(
    miner: SimulatedController, clock: Clock, limit: float
) -> None:
    """The miner draws what it is limited to."""
    await miner.set_power_limit(limit)
    assert miner.power_limit == PowerLimit(limit, *POWER_RANGE, step=10)
    await after(miner, clock, HOUR)
    assert watts(miner) == pytest.approx(limit)


@pytest.mark.parametrize("preset", PRESETS)
async def test_preset(miner: SimulatedController, clock: Clock, preset: str) -> None:
    """A preset is a power limit with a name."""
    await miner.select_preset(preset)
    assert miner.presets is not None
    assert miner.presets.current == preset
    assert miner.presets.options == tuple(PRESETS)
    await after(miner, clock, HOUR)
    assert watts(miner) == pytest.approx(PRESETS[preset])


async def test_no_preset_fits_a_free_limit(miner: SimulatedController) -> None:
    """A limit that no preset has shows none."""
    await miner.set_power_limit(1234)
    assert miner.presets is not None
    assert miner.presets.current is None


async def test_reboot(miner: SimulatedController, clock: Clock) -> None:
    """After a reboot uptime and load start at zero."""
    await miner.reboot()
    assert status(miner) is MinerStatus.STARTING
    await after(miner, clock, 15)
    assert uptime(miner) == 15


async def test_restart_of_mining(miner: SimulatedController) -> None:
    """A restart of mining leaves the device up."""
    before = uptime(miner)
    await miner.restart_mining()
    assert status(miner) is MinerStatus.STARTING
    assert uptime(miner) == before > 0


async def test_locate(miner: SimulatedController) -> None:
    """The light is off, and goes on and off."""
    assert not miner.snapshot.is_locating
    for locating in (True, False):
        await miner.set_locating(locating=locating)
        assert miner.is_locating is locating


@pytest.mark.parametrize("command", NEED_POWER.values(), ids=NEED_POWER)
async def test_command_without_power_fails(
    miner: SimulatedController, command: Command
) -> None:
    """A miner without power does nothing, and says so."""
    await miner.turn_power_off()
    before = miner.snapshot
    with pytest.raises(ControllerUnreachableError):
        await command(miner)
    assert miner.snapshot == before


@pytest.mark.parametrize("command", OUT_OF_RANGE.values(), ids=OUT_OF_RANGE)
async def test_command_out_of_range_fails(
    miner: SimulatedController, command: Command
) -> None:
    """What the miner cannot do changes nothing, and is told."""
    before = miner.snapshot
    with pytest.raises(UnsupportedError):
        await command(miner)
    assert miner.snapshot == before


def test_model_is_polled(miner: SimulatedController) -> None:
    """The model moves on by itself, and is off when its plug is."""
    assert miner.update_interval is not None
    assert miner.needs_power
