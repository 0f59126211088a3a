"""What a miner is doing, told from all that is known."""

from dataclasses import replace
from itertools import product
from math import inf, nan
from typing import Any, Final

import pytest

from custom_components.miner_control.domain.features import MinerStatus
from custom_components.miner_control.domain.snapshot import Snapshot
from custom_components.miner_control.domain.status import (
    BOOT_GRACE,
    STANDBY_WATTS,
    Evidence,
    StatusJudge,
    is_mining,
    status_of,
)
from custom_components.miner_control.domain.values import HashRate

UNKNOWN = MinerStatus.UNKNOWN
OFF = MinerStatus.OFF
IDLE = MinerStatus.IDLE
ON = MinerStatus.ON
STARTING = MinerStatus.STARTING
STOPPING = MinerStatus.STOPPING
ERROR = MinerStatus.ERROR

# Every value that makes a difference; the limits themselves are among them.
DOMAIN: Final[dict[str, tuple[Any, ...]]] = {
    "hashrate": (None, 0.0, 95.0),
    "hashrate_expected": (False, True),
    "word": (None, *MinerStatus),
    "is_hearsay": (False, True),
    "answers": (False, True),
    "watts": (None, 0.0, STANDBY_WATTS, 3000.0),
    "is_powered": (None, False, True),
    "told_to_mine": (None, False, True),
    "uptime": (None, 0.0, BOOT_GRACE),
    "starting_for": (0.0, BOOT_GRACE),
    "failing_for": (0.0, BOOT_GRACE),
}
NO_WORD = (None, UNKNOWN)
NOT_LOADED = (None, 0.0, STANDBY_WATTS)
STANDBY = (0.0, STANDBY_WATTS)
LOADED = (3000.0,)
UNPOWERED = (None, False)
BOOTING = (0.0,)
JUST_UP = (0.0,)
# It has been up for less time than it should have been mining for.
IN_VAIN = {
    "uptime": JUST_UP,
    "failing_for": (BOOT_GRACE,),
    "starting_for": (BOOT_GRACE,),
}
SAME = "its word"

type Row = tuple[dict[str, tuple[Any, ...]], MinerStatus | str | None]

# Nothing shows whether there is power.
IN_THE_DARK = {"answers": (False,), "watts": (None,), "is_powered": (None,)}
# There is none.
NO_POWER: tuple[dict[str, tuple[Any, ...]], ...] = (
    {"answers": (False,), "watts": STANDBY, "is_powered": UNPOWERED},
    {"answers": (False,), "watts": NOT_LOADED, "is_powered": (False,)},
)

# The first row that applies tells the status; what it leaves out does not matter.
TABLE: tuple[Row, ...] = (
    # On means hashing, unless the device itself says that it does not any more.
    ({"hashrate": (95.0,), "is_hearsay": (True,)}, ON),
    ({"hashrate": (95.0,), "word": (None, UNKNOWN, ON, STARTING, ERROR)}, ON),
    # It says that it starts, and has been saying so in vain.
    ({**IN_VAIN, "word": (STARTING,)}, ERROR),
    # Its word tells why it does not hash.
    ({"word": (IDLE, STARTING, STOPPING, ERROR)}, SAME),
    # Off is what has no power.
    *(({**power, "word": (OFF,)}, OFF) for power in NO_POWER),
    ({**IN_THE_DARK, "word": (OFF,)}, OFF),
    ({"word": (OFF,)}, IDLE),
    # It says that it mines, but how fast nobody can tell.
    ({"word": (ON,), "hashrate": (None,), "answers": (True,)}, ON),
    ({"word": (ON,), "hashrate": (None,), "watts": (None, *LOADED)}, ON),
    # It says that it mines, and does not: not yet, or not any more.
    ({"word": (ON,), "answers": (True,), "starting_for": BOOTING}, STARTING),
    ({**IN_VAIN, "word": (ON,), "answers": (True,)}, ERROR),
    ({"word": (ON,), "answers": (True,), "uptime": JUST_UP}, STARTING),
    ({"word": (ON,), "answers": (True,)}, ERROR),
    (
        {
            "word": (ON,),
            "hashrate": (0.0,),
            "watts": (None, *LOADED),
            "starting_for": BOOTING,
        },
        STARTING,
    ),
    (
        {**IN_VAIN, "word": (ON,), "hashrate": (0.0,), "watts": (None, *LOADED)},
        ERROR,
    ),
    (
        {
            "word": (ON,),
            "hashrate": (0.0,),
            "watts": (None, *LOADED),
            "uptime": JUST_UP,
        },
        STARTING,
    ),
    ({"word": (ON,), "hashrate": (0.0,), "watts": (None, *LOADED)}, ERROR),
    # From here on it has no word, or one that cannot be: no power is off.
    *(({**power, "hashrate_expected": (False,)}, OFF) for power in NO_POWER),
    *(({**power, "hashrate": (0.0,)}, OFF) for power in NO_POWER),
    # A device that answers nothing is not off, unless its power is known to be cut.
    *(({**power, "hashrate": (None,)}, None) for power in NO_POWER),
    # Nothing at all is known.
    ({**IN_THE_DARK, "hashrate": (None,)}, None),
    # It has power, does not hash, and was told so.
    ({"told_to_mine": (False,)}, IDLE),
    # A miner whose hash rate nobody can tell: its power does.
    ({"hashrate": (None,), "hashrate_expected": (False,), "watts": (None,)}, UNKNOWN),
    ({"hashrate": (None,), "hashrate_expected": (False,), "watts": LOADED}, ON),
    (
        {"hashrate": (None,), "hashrate_expected": (False,), "told_to_mine": (None,)},
        IDLE,
    ),
    # It should mine. That it has been up for long enough is its own word.
    (IN_VAIN, ERROR),
    ({"uptime": JUST_UP}, STARTING),
    # It was given power.
    ({"is_powered": (True,), "starting_for": BOOTING}, STARTING),
    ({"watts": LOADED, "starting_for": BOOTING}, STARTING),
    # One that answers, but not to what matters, may do anything.
    ({"answers": (True,), "hashrate": (None,), "hashrate_expected": (True,)}, UNKNOWN),
    ({"answers": (True,), "word": (UNKNOWN,), "hashrate_expected": (True,)}, UNKNOWN),
    ({"answers": (True,), "word": (UNKNOWN,), "hashrate": (0.0,)}, UNKNOWN),
    ({"starting_for": BOOTING}, STARTING),
    ({}, ERROR),
)


def applies(row: Row, case: dict[str, Any]) -> bool:
    """Tell whether a row of the table is about the evidence."""
    return all(case[name] in values for name, values in row[0].items())


def all_cases() -> list[dict[str, Any]]:
    """Return evidence of every kind there can be."""
    names = [*DOMAIN]
    return [
        dict(zip(names, values, strict=True)) for values in product(*DOMAIN.values())
    ]


def test_truth_table() -> None:
    """Every combination of evidence tells the status that the table says."""
    wrong = []
    for case in all_cases():
        expected = next(row[1] for row in TABLE if applies(row, case))
        if expected is SAME:
            expected = case["word"]
        if (found := status_of(Evidence(**case))) is not expected:
            wrong.append((case, expected, found))
    assert wrong[:3] == []


def test_each_row_of_the_table_counts() -> None:
    """No row is hidden by those before it."""
    first = {
        next(index for index, row in enumerate(TABLE) if applies(row, case))
        for case in all_cases()
    }
    assert first == set(range(len(TABLE)))


@pytest.mark.parametrize("command", [STARTING, STOPPING])
@pytest.mark.parametrize("known_off", [False, True])
def test_command_that_runs_is_what_the_miner_is_doing(
    command: MinerStatus, *, known_off: bool
) -> None:
    """Whatever else is known."""
    for case in all_cases()[::97]:
        evidence = Evidence(command=command, known_off=known_off, **case)
        assert status_of(evidence) is command


def test_off_is_off_whatever_the_network_says() -> None:
    """The last hash rate that was read does not outlive the power."""
    for case in all_cases()[::97]:
        assert status_of(Evidence(known_off=True, **case)) is OFF


def test_no_evidence_is_no_status() -> None:
    """A miner of which nothing is known is unavailable, not off."""
    assert status_of(Evidence()) is None


@pytest.mark.parametrize("rate", [-1.0, -0.001, nan, inf, -inf])
def test_hashrate_that_cannot_be_says_nothing(rate: float) -> None:
    """Neither that it hashes nor that it does not."""
    for case in all_cases()[::31]:
        silent = status_of(Evidence(**case | {"hashrate": None}))
        assert status_of(Evidence(**case | {"hashrate": rate})) is silent


def test_never_off_while_it_has_power() -> None:
    """Off is only what has no power, and error nothing that was told to rest."""
    for case in all_cases():
        status = status_of(Evidence(**case))
        if status is OFF:
            assert not case["answers"]
            assert not case["is_powered"]
            assert case["watts"] is None or case["watts"] <= STANDBY_WATTS
        if status is ERROR and case["word"] in NO_WORD:
            assert case["told_to_mine"] is not False


@pytest.mark.parametrize(
    ("seconds", "expected"), [(0, STARTING), (299.9, STARTING), (300, ERROR)]
)
def test_silence_after_power_on(seconds: float, expected: MinerStatus) -> None:
    """A miner may boot for five minutes; then its silence is an error."""
    evidence = Evidence(is_powered=True, hashrate_expected=True, starting_for=seconds)
    assert status_of(evidence) is expected


@pytest.mark.parametrize(
    "shown", [Evidence(uptime=60.0), Evidence(starting_for=60.0)], ids=repr
)
@pytest.mark.parametrize(("grace", "expected"), [(60, ERROR), (61, STARTING)])
def test_boot_grace_can_be_set(
    shown: Evidence, grace: float, expected: MinerStatus
) -> None:
    """A slow miner may be given more time, and a fast one less."""
    evidence = replace(shown, answers=True, word=ON, hashrate=0.0, boot_grace=grace)
    assert status_of(evidence) is expected


def test_uptime_that_cannot_be_says_nothing() -> None:
    """A device does not start for ever because it counts nonsense."""
    assert status_of(Evidence(answers=True, hashrate=0.0, uptime=-5.0)) is ERROR


@pytest.mark.parametrize(
    ("watts", "standby", "expected"),
    [(2.0, 2.0, OFF), (2.1, 2.0, ON), (9.0, 10.0, OFF), (11.0, 10.0, ON)],
)
def test_standby_power_can_be_set(
    watts: float, standby: float, expected: MinerStatus
) -> None:
    """Without a hash rate, a miner is on above the standby threshold."""
    assert status_of(Evidence(watts=watts, standby_watts=standby)) is expected


def test_defaults() -> None:
    """The grace is five minutes and the threshold 2 W."""
    assert (BOOT_GRACE, STANDBY_WATTS) == (300, 2)
    assert Evidence().boot_grace == BOOT_GRACE
    assert Evidence().standby_watts == STANDBY_WATTS


@pytest.mark.parametrize(
    ("status", "rate", "expected"),
    [
        (ON, None, True),
        (ON, 0.0, True),
        (STARTING, 0.0, True),
        (STOPPING, 95.0, False),
        (IDLE, 95.0, False),
        (OFF, None, False),
        (ERROR, 0.0, False),
        (None, 95.0, True),
        (UNKNOWN, 95.0, True),
        (None, 0.0, None),
        (UNKNOWN, None, None),
        (None, -1.0, None),
        (None, nan, None),
    ],
)
def test_whether_a_device_mines(
    status: MinerStatus | None, rate: float | None, *, expected: bool | None
) -> None:
    """Its word comes first; what does not hash yet may only be slow."""
    hashrate = None if rate is None else HashRate(rate)
    assert is_mining(Snapshot(status=status, hashrate=hashrate)) is expected


class TestJudge:
    """What is remembered from one time to the next."""

    HASHES = Evidence(answers=True, hashrate=95.0, hashrate_expected=True)
    MAKES_NOTHING = replace(HASHES, hashrate=0.0)
    RESTS = replace(MAKES_NOTHING, word=IDLE)
    SHOULD_MINE = replace(MAKES_NOTHING, word=ON)

    @pytest.fixture
    def judge(self) -> StatusJudge:
        """Return the judge of a miner that has been hashing for long."""
        judge = StatusJudge(0.0)
        assert judge.judge(self.HASHES, 0.0) is ON
        return judge

    def test_new_miner_may_be_starting(self) -> None:
        """Nobody knows for how long it has been up."""
        judge = StatusJudge(1000.0)
        assert judge.judge(self.MAKES_NOTHING, 1299.0) is STARTING
        assert judge.changes_at(BOOT_GRACE) == 1300.0
        assert judge.judge(self.MAKES_NOTHING, 1300.0) is ERROR

    def test_miner_that_stops_hashing_has_failed(self, judge: StatusJudge) -> None:
        """Unless it was told to, or starts anew."""
        assert judge.changes_at(BOOT_GRACE) is None
        assert judge.judge(self.MAKES_NOTHING, 1.0) is ERROR
        assert judge.judge(self.SHOULD_MINE, 2.0) is ERROR
        assert judge.judge(replace(self.SHOULD_MINE, uptime=10.0), 3.0) is STARTING

    @pytest.mark.parametrize("word", [None, UNKNOWN, ON, STARTING])
    @pytest.mark.parametrize("silent_for", [0.0, 40.0])
    def test_miner_that_restarts_again_and_again_has_failed(
        self, judge: StatusJudge, word: MinerStatus | None, silent_for: float
    ) -> None:
        """Its time to start runs from when it should have mined."""
        told = replace(self.MAKES_NOTHING, word=word)
        shown = self._crash_loop(judge, told, silent_for)
        assert {seen for at, seen in shown if at < 1300.0} == {STARTING}
        assert {seen for at, seen in shown if at >= 1300.0} == {ERROR}
        assert judge.judge(self.HASHES, 2000.0) is ON
        again = replace(told, uptime=5.0)
        assert judge.judge(again, 2005.0) is STARTING

    def test_ordered_restart_gives_it_its_time_again(self, judge: StatusJudge) -> None:
        """And so does power, or a start."""
        self._crash_loop(judge, self.SHOULD_MINE, 40.0)
        up = replace(self.SHOULD_MINE, uptime=5.0)
        assert judge.judge(up, 1610.0) is ERROR
        judge.expect_restart(1611.0)
        assert judge.judge(up, 1620.0) is STARTING
        assert judge.judge(up, 1919.0) is STARTING
        assert judge.judge(up, 1920.0) is ERROR
        judge.begin_start(1921.0)
        assert judge.judge(up, 1930.0) is STARTING

    def test_miner_that_was_gone_for_long_starts_anew(self, judge: StatusJudge) -> None:
        """It may have had no power, of which nobody told."""
        up = replace(self.SHOULD_MINE, uptime=5.0)
        assert judge.judge(up, 1000.0) is STARTING
        for at in range(1005, 1300, 5):
            assert judge.judge(Evidence(hashrate_expected=True), at) is None
        assert {judge.judge(up, at) for at in range(1300, 1600, 5)} == {STARTING}
        assert judge.judge(up, 1600.0) is ERROR

    @staticmethod
    def _crash_loop(
        judge: StatusJudge, told: Evidence, silent_for: float
    ) -> list[tuple[float, MinerStatus | None]]:
        """Have a miner fail 100 s after each boot, and return what was judged then."""
        shown = []
        for second in range(0, 600, 5):
            at, since_crash = 1000.0 + second, second % 120
            if second > 100 and since_crash < silent_for:
                judge.judge(Evidence(hashrate_expected=True), at)
            else:
                seen = judge.judge(replace(told, uptime=since_crash + 1.0), at)
                shown.append((at, seen))
        return shown

    def test_time_to_start_runs_from_the_end_of_the_rest(
        self, judge: StatusJudge
    ) -> None:
        """Somebody else may have it mine at any time."""
        assert judge.judge(self.RESTS, 5000.0) is IDLE
        assert judge.judge(self.SHOULD_MINE, 5299.0) is STARTING
        assert judge.judge(self.SHOULD_MINE, 5300.0) is ERROR

    def test_time_to_start_runs_from_a_start(self, judge: StatusJudge) -> None:
        """Power and a command begin one."""
        judge.begin_start(1000.0)
        assert judge.judge(self.MAKES_NOTHING, 1299.0) is STARTING
        assert judge.judge(self.MAKES_NOTHING, 1300.0) is ERROR

    def test_restart_may_follow_upon_a_setting(self, judge: StatusJudge) -> None:
        """It may hash for a while until then."""
        judge.expect_restart(1000.0)
        assert judge.judge(self.HASHES, 1010.0) is ON
        assert judge.judge(self.MAKES_NOTHING, 1299.0) is STARTING
        assert judge.judge(self.MAKES_NOTHING, 1300.0) is ERROR

    def test_miner_that_was_stopped_is_idle_without_its_word(
        self, judge: StatusJudge
    ) -> None:
        """What is left of the hash rate does not undo what it was told."""
        judge.note_told(100.0, to_mine=False)
        assert judge.judge(self.HASHES, 101.0) is ON
        assert judge.judge(self.MAKES_NOTHING, 110.0) is IDLE
        assert judge.judge(self.MAKES_NOTHING, 10_000.0) is IDLE
        # Power shows, but nobody answers.
        silent = replace(self.MAKES_NOTHING, answers=False, hashrate=None, watts=45.0)
        assert judge.judge(silent, 10_010.0) is IDLE

    def test_miner_that_somebody_else_lets_mine_is_not_idle_any_more(
        self, judge: StatusJudge
    ) -> None:
        """What it was told is long past then."""
        judge.note_told(100.0, to_mine=False)
        assert judge.judge(self.MAKES_NOTHING, 110.0) is IDLE
        assert judge.judge(self.HASHES, 1000.0) is ON
        assert judge.told_to_mine is None
        assert judge.judge(self.MAKES_NOTHING, 1010.0) is ERROR

    def test_miner_that_goes_on_did_not_take_it(self, judge: StatusJudge) -> None:
        """Nothing is left of a hash rate after so long."""
        judge.note_told(100.0, to_mine=False)
        assert judge.judge(self.HASHES, 399.0) is ON
        assert judge.told_to_mine is False
        assert judge.judge(self.HASHES, 400.0) is ON
        assert judge.told_to_mine is None

    def test_miner_that_was_told_to_mine_fails_if_it_does_not(
        self, judge: StatusJudge
    ) -> None:
        """A start ends what a stop began."""
        judge.note_told(100.0, to_mine=False)
        assert judge.judge(self.MAKES_NOTHING, 110.0) is IDLE
        judge.begin_start(200.0)
        judge.note_told(201.0, to_mine=True)
        assert judge.judge(self.MAKES_NOTHING, 210.0) is STARTING
        assert judge.judge(self.MAKES_NOTHING, 500.0) is ERROR

    def test_power_cut_ends_a_stop(self, judge: StatusJudge) -> None:
        """With power, most miners mine by themselves."""
        judge.note_told(100.0, to_mine=False)
        assert judge.judge(replace(self.RESTS, known_off=True), 110.0) is OFF
        assert judge.told_to_mine is None

    def test_switch_that_shows_it_knows_better(self, judge: StatusJudge) -> None:
        """It may have been turned by somebody else since."""
        judge.note_told(100.0, to_mine=False)
        turned_on = replace(self.MAKES_NOTHING, told_to_mine=True)
        assert judge.judge(turned_on, 110.0) is ERROR
