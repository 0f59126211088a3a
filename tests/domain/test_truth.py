"""What a miner is doing, told from all that is known."""

from itertools import product
from typing import Any, Final

import pytest

from custom_components.miner_control.domain.features import MinerStatus
from custom_components.miner_control.domain.truth import (
    BOOT_GRACE,
    STANDBY_WATTS,
    Evidence,
    status_of,
)

UNKNOWN = MinerStatus.UNKNOWN
OFF = MinerStatus.OFF
ON = MinerStatus.ON
STARTING = MinerStatus.STARTING
STOPPING = MinerStatus.STOPPING
ERROR = MinerStatus.ERROR

# Every value that makes a difference; the limits themselves are among them.
DOMAIN: Final[dict[str, tuple[Any, ...]]] = {
    "command": (None, STARTING, STOPPING),
    "known_off": (False, True),
    "hashrate": (None, 0.0, 95.0),
    "hashrate_expected": (False, True),
    "reported": (None, *MinerStatus),
    "watts": (None, 0.0, STANDBY_WATTS, 3000.0),
    "is_powered": (None, False, True),
    "since_power_on": (0.0, BOOT_GRACE),
}
SILENT = (None, UNKNOWN)
STANDBY = (0.0, STANDBY_WATTS)
LOADED = (3000.0,)
BOOTING = (0.0,)
BOOTED = (BOOT_GRACE,)
SAME = "what is reported"

type Row = tuple[dict[str, tuple[Any, ...]], MinerStatus | str | None]

# The first row that applies tells the status; what it leaves out does not matter.
TABLE: tuple[Row, ...] = (
    # A command that runs is what the miner is doing.
    ({"command": (STARTING,)}, STARTING),
    ({"command": (STOPPING,)}, STOPPING),
    # Power known to be off ends all questions.
    ({"known_off": (True,)}, OFF),
    # On means hashing.
    ({"hashrate": (95.0,)}, ON),
    # Known not to hash: what the device says of itself tells why.
    ({"hashrate": (0.0,), "reported": SILENT, "since_power_on": BOOTING}, STARTING),
    ({"hashrate": (0.0,), "reported": SILENT, "since_power_on": BOOTED}, OFF),
    ({"hashrate": (0.0,), "reported": (ON,), "since_power_on": BOOTING}, STARTING),
    ({"hashrate": (0.0,), "reported": (ON,), "since_power_on": BOOTED}, ERROR),
    ({"hashrate": (0.0,)}, SAME),
    # No hash rate: the device is believed, but not that it mines without power.
    ({"reported": (OFF, STARTING, STOPPING, ERROR)}, SAME),
    ({"reported": (ON,), "watts": (None, *LOADED)}, ON),
    # A miner whose hash rate nobody can tell: its power does.
    ({"hashrate_expected": (False,), "watts": LOADED}, ON),
    ({"hashrate_expected": (False,), "watts": STANDBY}, OFF),
    # Power on, and no answer yet.
    (
        {
            "hashrate_expected": (True,),
            "is_powered": (True,),
            "since_power_on": BOOTING,
        },
        STARTING,
    ),
    (
        {"hashrate_expected": (True,), "watts": LOADED, "since_power_on": BOOTING},
        STARTING,
    ),
    ({"hashrate_expected": (True,), "is_powered": (True,)}, ERROR),
    ({"hashrate_expected": (True,), "watts": LOADED}, ERROR),
    # Nothing to go by: an answer that says nothing differs from no answer.
    ({"reported": (UNKNOWN, ON)}, UNKNOWN),
    ({}, None),
)


def applies(row: Row, evidence: Evidence) -> bool:
    """Tell whether a row of the table is about the evidence."""
    return all(getattr(evidence, name) in values for name, values in row[0].items())


def all_evidence() -> list[Evidence]:
    """Return evidence of every kind there can be."""
    return [
        Evidence(**dict(zip(DOMAIN, values, strict=True)))
        for values in product(*DOMAIN.values())
    ]


def test_truth_table() -> None:
    """Every combination of evidence tells the status that the table says."""
    wrong = []
    for evidence in all_evidence():
        expected = next(row[1] for row in TABLE if applies(row, evidence))
        if expected is SAME:
            expected = evidence.reported
        if status_of(evidence) is not expected:
            wrong.append((evidence, expected))
    assert wrong == []


def test_each_row_of_the_table_counts() -> None:
    """No row is hidden by those before it."""
    first = {
        next(index for index, row in enumerate(TABLE) if applies(row, evidence))
        for evidence in all_evidence()
    }
    assert first == set(range(len(TABLE)))


def test_no_evidence_is_no_status() -> None:
    """A miner of which nothing is known is unavailable, not off."""
    assert status_of(Evidence()) is None


def test_off_is_off_whatever_the_network_says() -> None:
    """The last hash rate that was read does not outlive the power."""
    evidence = Evidence(known_off=True, hashrate=95.0, reported=ON, watts=0.4)
    assert status_of(evidence) is OFF


@pytest.mark.parametrize(
    ("seconds", "expected"), [(0, STARTING), (299.9, STARTING), (300, ERROR)]
)
def test_silence_after_power_on(seconds: float, expected: MinerStatus) -> None:
    """A miner may boot for five minutes; then its silence is an error."""
    evidence = Evidence(is_powered=True, hashrate_expected=True, since_power_on=seconds)
    assert status_of(evidence) is expected


@pytest.mark.parametrize(("grace", "expected"), [(60, ERROR), (61, STARTING)])
def test_boot_grace_can_be_set(grace: float, expected: MinerStatus) -> None:
    """A slow miner may be given more time, and a fast one less."""
    evidence = Evidence(
        is_powered=True, hashrate_expected=True, since_power_on=60, boot_grace=grace
    )
    assert status_of(evidence) is expected


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
