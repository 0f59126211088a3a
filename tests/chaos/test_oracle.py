"""The oracle finds what is untrue and what is not served, and nothing else."""

import pytest

from chaos.findings import Count
from chaos.oracle import MOMENT, SLOW_AFTER
from chaos.troubles import (
    BROKEN,
    INTERVAL,
    ORDER,
    PATIENCE,
    PROBE_TIMEOUT,
    READ_TIMEOUT,
    REFUSAL,
    TAKE_BACK,
    UNLINKED,
    Part,
)
from tools.home.states import EntityState

from .conftest import NAME, NETWORK, PLUG, SHOWN, WELL, Rig

LONG = PATIENCE + READ_TIMEOUT + TAKE_BACK + 30.0
# What lasts for more than a moment is found by then.
SOON = MOMENT + 4.0


def test_miner_that_is_set_up_anew(rig: Rig) -> None:
    """It shows nothing for a moment, again and again; no longer."""
    rig.go_on(LONG)
    for _ in range(3):
        rig.show("sensor.power", "unavailable")
        rig.show("sensor.hashrate", "unavailable")
        rig.go_on(2)
        rig.show("sensor.power", "3300", provider=PLUG)
        rig.show("sensor.hashrate", "100", provider=NETWORK)
        rig.go_on(2)
    assert rig.counts() == {}


def test_plug_that_is_not_shown(rig: Rig) -> None:
    """What Home Assistant has no entity of cannot serve, whatever the reason."""
    rig.shown["plug.power"] = EntityState("3300.0")
    rig.go_on(LONG)
    rig.shown["plug.power"] = EntityState("unavailable")
    rig.show("sensor.power", "3070", provider=NETWORK)
    rig.go_on(LONG)
    assert not rig.counts()
    rig.shown["plug.power"] = EntityState("3300.0")
    rig.go_on(LONG)
    assert rig.counts() == {Count.UNSERVED: 1}


def test_reboot_in_the_middle_of_a_warm_up(rig: Rig) -> None:
    """Between two looks, a device may have got further than either shows."""
    for hashrate in (0.0, 30.0, 60.0):
        rig.set(hashrate=hashrate)
        rig.show("sensor.hashrate", str(hashrate))
        rig.go_on(1)
    lost = {"hashrate": 85.0}
    rig.set(hashrate=0.0, reboots=1, ready=False, mining=False, last_figures=lost)
    rig.show("sensor.hashrate", "85")
    rig.go_on(1)
    assert not rig.counts()
    rig.show("sensor.hashrate", "100")
    rig.go_on(1)
    assert rig.counts() == {Count.UNTRUE: 1}


@pytest.mark.parametrize(("restarts", "found"), [(2, 0), (1, 1)])
def test_stop_between_two_looks(rig: Rig, restarts: int, found: int) -> None:
    """Whoever stops a miner and starts it at once may set presets for that."""
    rig.go_on(60)
    rig.set(restarts=restarts)
    rig.show("select.preset", "Low")
    rig.go_on(1)
    assert rig.counts() == ({Count.UNTRUE: 1} if found else {})


def test_work_between_two_looks(rig: Rig) -> None:
    """A miner that began and lost its work at once was on, and at rest before that."""
    rig.set(mining=False, hashrate=0.0, watts=30.0, own_watts=28.0)
    rig.show("sensor.hashrate", "0")
    rig.show("sensor.power", "30")
    rig.show("sensor.status", "idle")
    rig.show("switch.mining", "off")
    rig.go_on(60)
    before = rig.counts()
    rig.set(last_figures={"hashrate": 4.0, "watts": 150.0, "own_watts": 140.0})
    rig.show("sensor.hashrate", "2")
    rig.show("sensor.status", "on")
    rig.show("switch.mining", "on")
    rig.go_on(3)
    assert rig.counts() == before


@pytest.mark.parametrize(("shown", "unit"), [("1783", "W"), ("1.783", "kW")])
def test_plug_that_is_out_of_date(rig: Rig, shown: str, unit: str) -> None:
    """What the plug's own entity shows is not held against who passes it on."""
    rig.go_on(60)
    rig.show("sensor.power", "1783", unit_of_measurement="W")
    rig.shown["plug.power"] = EntityState(shown, {"unit_of_measurement": unit})
    rig.go_on(5)
    assert not rig.counts()
    rig.shown["plug.power"] = EntityState("3.3")
    rig.go_on(5)
    assert rig.counts() == {Count.UNTRUE: 1}


def test_nothing_is_found_of_a_miner_that_is_well(rig: Rig) -> None:
    """The truth is no finding, and was looked at."""
    rig.go_on(30)
    rig.oracle.close(rig.time)
    assert rig.counts() == {}
    assert rig.oracle.judged == rig.oracle.samples == 30


@pytest.mark.parametrize(
    ("key", "lie"),
    [
        ("sensor.hashrate", "60.0"),
        ("sensor.hashrate", "nan"),
        ("sensor.power", "0.0"),
        ("sensor.chip_temperature", "24.0"),
        ("sensor.status", "off"),
        ("sensor.status", "idle"),
        ("sensor.status", "error"),
        ("switch.mining", "off"),
        ("switch.power", "off"),
        ("select.preset", "Low"),
    ],
)
def test_lie(rig: Rig, key: str, lie: str) -> None:
    """A value that was never true is found, once for as long as it is shown."""
    rig.show(key, lie)
    rig.go_on(10)
    assert rig.counts() == {Count.UNTRUE: 1}
    assert rig.findings.found[0].end == 10


def test_old_value_is_found_after_three_intervals(rig: Rig) -> None:
    """What was true a moment ago may be shown for a while, no longer."""
    rig.go_on(20)
    rig.set(hashrate=50.0)
    rig.go_on(PATIENCE - 1)
    assert rig.counts() == {}
    rig.go_on(4)
    assert rig.counts() == {Count.UNTRUE: 1}


def test_hashrate_in_the_unit_of_the_miner(rig: Rig) -> None:
    """A miner of another algorithm is shown in another unit."""
    rig.set(hashrate=0.016)
    rig.show("sensor.hashrate", "16", unit_of_measurement="GH/s")
    rig.go_on(60)
    assert rig.counts() == {}
    rig.show("sensor.hashrate", "0.016", unit_of_measurement="GH/s")
    rig.go_on(60)
    assert rig.counts() == {Count.UNTRUE: 1}


def test_value_on_the_way_is_true(rig: Rig) -> None:
    """A value between the old one and the new one was true on the way."""
    rig.go_on(20)
    rig.set(hashrate=50.0)
    rig.go_on(1)
    rig.show("sensor.hashrate", "75.0")
    rig.go_on(5)
    assert rig.counts() == {}


def test_preset_by_another_name(rig: Rig) -> None:
    """A device may call its presets at more length than the integration does."""
    rig.set(preset="low power")
    rig.show("select.preset", "Low")
    rig.go_on(5)
    assert rig.counts() == {}
    rig.show("select.preset", "Normal")
    rig.go_on(5)
    assert rig.counts() == {Count.UNTRUE: 1}


def test_preset_by_another_word(rig: Rig) -> None:
    """An Avalon's middle level is offered as medium, as others call it."""
    rig.set(preset="middle")
    options = ["low", "medium", "high"]
    rig.show("select.preset", "medium", options=options)
    rig.go_on(60)
    assert not rig.findings.of(Count.UNTRUE)
    rig.show("select.preset", "high", options=options)
    rig.go_on(60)
    assert len(rig.findings.of(Count.UNTRUE)) == 1


def test_start_that_was_asked_early(rig: Rig) -> None:
    """A device that has just begun may have been asked before it hashed."""
    rig.set(mining=False, hashrate=0.0)
    rig.show("sensor.status", "idle")
    rig.show("sensor.hashrate", "0")
    rig.show("switch.mining", "off")
    rig.go_on(60)
    rig.set(mining=True, hashrate=100.0)
    rig.show("sensor.status", "starting")
    rig.show("switch.mining", "on")
    rig.go_on(4)
    assert not rig.findings.of(Count.UNTRUE)
    rig.show("sensor.hashrate", "100")
    rig.go_on(60)
    assert len(rig.findings.of(Count.UNTRUE)) == 1


def test_rest_that_the_other_library_does_not_tell(rig: Rig) -> None:
    """Where one is broken, nobody may know whether a miner is to mine."""
    rig.known.missing = frozenset({NETWORK})
    rig.known.spare = {NETWORK: frozenset(SHOWN)}
    rig.set(mining=False, hashrate=0.0)
    rig.show("sensor.status", "error")
    rig.show("sensor.hashrate", "0")
    rig.show("switch.mining", "unknown")
    rig.go_on(60)
    found = [one.text for one in rig.findings.of(Count.UNSERVED)]
    assert not any("switch.mining" in text for text in found)
    rig.known.missing = frozenset()
    rig.go_on(60)
    found = [one.text for one in rig.findings.of(Count.UNSERVED)]
    assert any("switch.mining" in text for text in found)


def test_limit_that_holds_in_another_mode(rig: Rig) -> None:
    """Only in the mode that was set at first it is expected to be told."""
    rig.known.served |= {"number.power_limit"}
    rig.shown["number.power_limit"] = EntityState("unknown")
    rig.set(preset="Low")
    rig.show("select.preset", "Low")
    rig.go_on(120)
    assert not rig.findings.of(Count.UNSERVED)
    rig.set(preset="Normal")
    rig.show("select.preset", "Normal")
    rig.go_on(120)
    assert len(rig.findings.of(Count.UNSERVED)) == 1


def test_fact_may_take_its_time(rig: Rig) -> None:
    """What is asked rarely need not be back as soon as the rest."""
    rig.go_on(5)
    rig.chronicle.begin("nulls", Part.API, rig.time).end = rig.time
    rig.show("select.preset", "unknown")
    rig.go_on(PATIENCE + READ_TIMEOUT + SLOW_AFTER - 1)
    assert rig.counts() == {}
    rig.go_on(SOON)
    assert rig.counts() == {Count.UNSERVED: 1}


def test_unlinked_miner_mines_where_power_flows(rig: Rig) -> None:
    """Nobody can know better; linked again, it is known."""
    rig.set(mining=False, hashrate=0.0)
    rig.show("sensor.hashrate", "unavailable")
    rig.show("sensor.chip_temperature", "unavailable")
    rig.show("switch.mining", "unavailable")
    unlinked = rig.chronicle.begin(UNLINKED, Part.API | Part.HOME, 0.0)
    rig.go_on(20)
    assert rig.counts() == {}
    unlinked.end = rig.time
    rig.go_on(PATIENCE + READ_TIMEOUT + 2)
    assert len(rig.findings.of(Count.UNTRUE)) == 1


def test_stopped_miner_is_idle_and_never_off(rig: Rig) -> None:
    """Off would say that it has no power."""
    rig.go_on(5)
    rig.set(mining=False, hashrate=0.0, watts=45.0, own_watts=45.0)
    rig.show("sensor.hashrate", "0")
    rig.show("sensor.power", "45")
    rig.show("sensor.status", "idle")
    rig.show("switch.mining", "off")
    rig.go_on(LONG)
    assert rig.counts() == {}
    rig.show("sensor.status", "off")
    rig.go_on(1)
    assert len(rig.findings.of(Count.UNTRUE)) == 1


def test_command_under_way_is_shown(rig: Rig) -> None:
    """A miner that is told to stop is shown as stopping, but not for ever."""
    rig.go_on(20)
    order = rig.chronicle.begin(f"{ORDER}stop", Part.BODY, rig.time)
    rig.show("sensor.status", "stopping")
    rig.show("switch.mining", "off")
    rig.go_on(40)
    assert rig.counts() == {}
    order.end = rig.time
    rig.go_on(PATIENCE + 2)
    assert rig.counts() == {Count.UNTRUE: 2}


def test_power_that_was_away_between_two_looks(rig: Rig) -> None:
    """Who shows that it was off was faster than the looks."""
    rig.go_on(60)
    rig.set(ready=False, mining=False, hashrate=0.0, watts=13.0, own_watts=12.0)
    rig.show("switch.power", "off")
    rig.show("switch.mining", "off")
    rig.show("sensor.status", "off")
    rig.show("sensor.hashrate", "0")
    rig.show("sensor.power", "0")
    rig.go_on(2)
    assert rig.counts() == {}
    rig.go_on(60)
    assert rig.counts()[Count.UNTRUE]


def test_moment_between_two_looks(rig: Rig) -> None:
    """A device whose mining was restarted did nothing for a moment."""
    rig.go_on(20)
    rig.show("sensor.hashrate", "0.5")
    rig.set(restarts=1)
    rig.go_on(5)
    assert rig.counts() == {}
    rig.go_on(PATIENCE)
    assert rig.counts() == {Count.UNTRUE: 1}


@pytest.mark.parametrize("state", ["unavailable", "unknown", "missing"])
@pytest.mark.parametrize("key", ["sensor.hashrate", "sensor.chip_temperature"])
def test_value_that_is_not_served(rig: Rig, key: str, state: str) -> None:
    """Nobody may hide what could be told."""
    rig.show(key, state)
    rig.go_on(5)
    assert rig.counts() == {Count.UNSERVED: 1}


def test_entity_that_is_gone(rig: Rig) -> None:
    """What was there in the beginning has to be there."""
    del rig.shown["sensor.status"]
    rig.go_on(5)
    assert rig.counts() == {Count.UNSERVED: 1}


@pytest.mark.parametrize(
    ("kind", "wait"), [("refuse", INTERVAL + PROBE_TIMEOUT), (REFUSAL, 20)]
)
def test_silence_is_excused_while_a_device_is_troubled(
    rig: Rig, kind: str, wait: float
) -> None:
    """It has to be back as long after the end as attempts may take.

    One that is only silent is looked for at its interval.
    """
    rig.go_on(5)
    trouble = rig.chronicle.begin(kind, Part.API, rig.time, backs_off=True)
    rig.show("sensor.hashrate", "unavailable")
    rig.show("sensor.chip_temperature", "unavailable")
    rig.show("select.preset", "unavailable")
    rig.show("sensor.status", "error")
    rig.go_on(20)
    trouble.end = rig.time
    rig.go_on(int(wait + PATIENCE + READ_TIMEOUT - 1))
    assert rig.findings.of(Count.UNSERVED) == []
    rig.go_on(SOON)
    assert rig.findings.of(Count.UNSERVED) != []


def test_power_is_told_by_whoever_is_well(rig: Rig) -> None:
    """While the plug is away, the device tells its power."""
    rig.go_on(5)
    rig.chronicle.begin("plug unavailable", Part.PLUG, rig.time)
    rig.show("sensor.power", "3070", provider=NETWORK)
    rig.go_on(20)
    assert rig.counts() == {}
    rig.show("sensor.power", "unavailable")
    rig.go_on(SOON)
    assert rig.counts() == {Count.UNSERVED: 1}


def test_first_provider_has_to_take_back(rig: Rig) -> None:
    """A fallback that goes on to serve is found, and so is a miner called degraded."""
    rig.go_on(5)
    trouble = rig.chronicle.begin("plug unavailable", Part.PLUG, rig.time)
    rig.show("sensor.power", "3070", provider=NETWORK)
    rig.show("binary_sensor.degraded", "on", features={"power_monitoring": NETWORK})
    rig.go_on(5)
    trouble.end = rig.time
    rig.go_on(PATIENCE + TAKE_BACK - 1)
    assert rig.counts() == {}
    rig.go_on(SOON)
    assert rig.counts() == {Count.UNSERVED: 2}


def test_miner_without_power(rig: Rig) -> None:
    """It is off, and nothing else, a few intervals later."""
    rig.go_on(5)
    rig.chronicle.begin("plug switched", Part.BODY, rig.time).end = rig.time
    rig.set(
        powered=False,
        ready=False,
        mining=False,
        hashrate=0.0,
        watts=0.0,
        own_watts=0.0,
        plug_on=False,
    )
    rig.go_on(1)
    rig.show("sensor.hashrate", "0")
    rig.show("sensor.power", "0")
    rig.show("sensor.chip_temperature", "unknown")
    rig.show("sensor.status", "off")
    rig.show("switch.mining", "off")
    rig.show("switch.power", "off")
    rig.go_on(LONG)
    assert rig.counts() == {}
    rig.show("sensor.status", "on")
    rig.go_on(1)
    assert rig.counts() == {Count.UNTRUE: 1}


def test_nothing_is_shown_while_home_assistant_is_down(rig: Rig) -> None:
    """Nobody can be wrong who says nothing."""
    rig.show("sensor.hashrate", "5.0")
    rig.go_on(5, is_down=True)
    assert rig.counts() == {}
    assert rig.oracle.samples == 0


def test_late_home_assistant_is_given_time(rig: Rig) -> None:
    """A machine that is busy is no lie."""
    rig.go_on(20)
    rig.set(hashrate=50.0)
    rig.go_on(PATIENCE + 5, lag=8.0)
    assert rig.counts() == {}


def test_oracle_that_saw_nothing_is_found(rig: Rig) -> None:
    """Without quiet times nothing could have been found."""
    rig.go_on(1)
    rig.chronicle.begin("refuse", Part.API, rig.time)
    rig.go_on(200)
    rig.oracle.close(rig.time)
    assert rig.findings.of(Count.BLIND) != []


def test_settled(rig: Rig) -> None:
    """A miner is settled when nothing excuses anything, and was taken back."""
    rig.go_on(5)
    trouble = rig.chronicle.begin("plug unavailable", Part.PLUG, rig.time)
    assert not rig.oracle.is_settled(NAME, rig.time)
    trouble.end = rig.time
    assert not rig.oracle.is_settled(NAME, rig.time + PATIENCE)
    assert rig.oracle.is_settled(NAME, rig.time + PATIENCE + TAKE_BACK)


def without_network(rig: Rig) -> None:
    """Have the first one that asks the device miss its library."""
    rig.known.leading = frozenset({NETWORK, PLUG})
    rig.known.spare = {NETWORK: frozenset({"sensor.hashrate", "switch.mining"})}
    rig.known.missing = frozenset({NETWORK})
    rig.chronicle.begin(BROKEN, Part.LIBRARY, rig.time)


def test_library_breaks_that_another_stands_by_for(rig: Rig) -> None:
    """What the other one serves has to be there, and that it does has to be told."""
    rig.go_on(LONG)
    without_network(rig)
    rig.show("binary_sensor.degraded", "on")
    rig.show("sensor.chip_temperature", "unknown")
    rig.go_on(LONG)
    assert not rig.counts()
    rig.show("sensor.hashrate", "unavailable")
    rig.go_on(SOON)
    assert rig.counts() == {Count.UNSERVED: 1}


def test_broken_library_that_is_not_told(rig: Rig) -> None:
    """Nobody would know that the miner lives on its standby."""
    without_network(rig)
    rig.go_on(LONG)
    assert rig.counts() == {Count.UNSERVED: 1}
    (finding,) = rig.findings.found
    assert "not degraded" in finding.text


@pytest.mark.parametrize(("is_spare", "found"), [(False, 0), (True, 1)])
def test_status_without_who_tells_the_hashrate(
    rig: Rig, *, is_spare: bool, found: int
) -> None:
    """Nobody can tell how far a start is, unless another one tells the hash rate."""
    rig.go_on(LONG)
    without_network(rig)
    spare = {"sensor.hashrate"} if is_spare else {"switch.mining"}
    rig.known.spare = {NETWORK: frozenset(spare)}
    rig.show("binary_sensor.degraded", "on")
    rig.show("sensor.status", "starting")
    rig.go_on(LONG)
    assert rig.counts() == ({Count.UNTRUE: found} if found else {})


def test_stop_by_hand_without_who_tells_it(rig: Rig) -> None:
    """One library alone may not know the word of a device that rests."""
    rig.go_on(LONG)
    without_network(rig)
    rig.show("binary_sensor.degraded", "on")
    rig.set(mining=False, hashrate=0.0, watts=20.0, own_watts=18.0)
    rig.show("sensor.hashrate", "0")
    rig.show("sensor.power", "20")
    rig.show("sensor.status", "starting")
    rig.go_on(LONG)
    assert not rig.counts()
    rig.show("sensor.status", "on")
    rig.go_on(LONG)
    assert rig.counts() == {Count.UNTRUE: 1}


@pytest.mark.parametrize(("is_broken", "found"), [(True, 0), (False, 1)])
def test_power_without_plug_and_library(
    rig: Rig, *, is_broken: bool, found: int
) -> None:
    """Nobody tells the power where the plug is away and the library is broken."""
    rig.go_on(LONG)
    if is_broken:
        without_network(rig)
        rig.show("binary_sensor.degraded", "on")
    rig.chronicle.begin("plug removed", Part.PLUG, rig.time)
    rig.show("sensor.power", "unavailable")
    rig.go_on(SOON)
    assert len(rig.findings.of(Count.UNSERVED)) == found


def test_library_that_was_mended(rig: Rig) -> None:
    """It is degraded no longer."""
    without_network(rig)
    rig.show("binary_sensor.degraded", "on")
    rig.go_on(LONG)
    rig.known.missing = frozenset()
    rig.go_on(LONG)
    assert rig.counts() == {Count.UNSERVED: 1}


def test_miner_that_rests_may_be_degraded(rig: Rig) -> None:
    """What its first provider does not tell then, another one may, until it is back."""
    rig.go_on(LONG)
    rig.set(mining=False, hashrate=0.0, watts=20.0, own_watts=18.0)
    rig.show("sensor.hashrate", "0")
    rig.show("sensor.power", "20")
    rig.show("sensor.status", "idle")
    rig.show("switch.mining", "off")
    rig.show("binary_sensor.degraded", "on")
    rig.go_on(LONG)
    assert rig.counts() == {}
    assert not rig.oracle.is_settled(NAME, rig.time)
    rig.truth, rig.shown = WELL, {**SHOWN, "binary_sensor.degraded": EntityState("on")}
    rig.go_on(PATIENCE + TAKE_BACK - 1)
    assert rig.counts() == {}
    rig.go_on(SOON)
    assert rig.counts() == {Count.UNSERVED: 1}
    assert rig.oracle.is_settled(NAME, rig.time)
