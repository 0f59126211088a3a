"""One-time passwords, by the examples of the standard."""

import base64

import pytest

from custom_components.miner_control.controllers.axeos import otp
from custom_components.miner_control.controllers.axeos.otp import OneTimePasswords
from custom_components.miner_control.controllers.axeos.totp import code

# RFC 6238, appendix B; its eight digits end in our six.
SECRET = base64.b32encode(b"12345678901234567890").decode()
EXAMPLES = {
    59: "94287082",
    1_111_111_109: "07081804",
    1_111_111_111: "14050471",
    1_234_567_890: "89005924",
    2_000_000_000: "69279037",
    20_000_000_000: "65353130",
}


@pytest.mark.parametrize("seconds", EXAMPLES)
def test_examples(seconds: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the standard works them out."""
    monkeypatch.setattr(otp, "time", lambda: seconds)
    assert OneTimePasswords(SECRET, code).next() == EXAMPLES[seconds][-6:]


def test_none_is_given_away_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second one is a step early, and a third would be too early."""
    monkeypatch.setattr(otp, "time", lambda: 1_111_111_109)
    passwords = OneTimePasswords(SECRET, code)
    first, second = passwords.next(), passwords.next()
    assert first != second
    assert passwords.is_ahead


@pytest.mark.parametrize(
    "written", ["JBSW Y3DP", "jbswy3dp", "JBSW-Y3DP", "JBSWY3DP=="]
)
def test_ways_to_write_a_secret(written: str) -> None:
    """As apps show them."""
    assert otp.letters_of(written) == "JBSWY3DP"


@pytest.mark.parametrize("written", ["", "  ", "JBSWY3D1", "é"])
def test_no_secret(written: str) -> None:
    """What is none is told."""
    with pytest.raises(ValueError, match="secret"):
        otp.letters_of(written)
