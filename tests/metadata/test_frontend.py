"""The cards that are shipped are built from their sources."""

import json

import pytest

from scripts.lib import frontend

from .files import ROOT


def test_cards_are_fresh() -> None:
    """Whoever changes the cards builds them: scripts/frontend."""
    assert frontend.faults() == []


def test_stale_cards_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A changed source, or a compressed copy of another build, is told."""
    monkeypatch.setattr(frontend, "fingerprint", lambda: "another")
    assert [fault.partition(":")[0] for fault in frontend.faults()] == [
        "the cards are older than their sources"
    ]


def test_lock_names_no_registry() -> None:
    """Packages come from whichever registry npm is set to."""
    lock = (ROOT / "frontend" / "package-lock.json").read_text(encoding="utf-8")
    packages = json.loads(lock)["packages"]
    assert len(packages) > 1
    assert "resolved" not in lock
    assert all("integrity" in one for path, one in packages.items() if path)
