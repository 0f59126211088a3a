"""A restart is proved by what a device tells, and believed only if it tells nothing."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from custom_components.miner_control.commands import command as commands
from custom_components.miner_control.domain.ports import RestartControlPort
from custom_components.miner_control.domain.snapshot import Snapshot
from custom_components.miner_control.domain.values import HashRate, OperationalData

BEFORE = 9000.0


def read(up: float | None = None, terahashes: float | None = None) -> Snapshot:
    """Return what a device tells: for how many seconds it is up, and how it hashes."""
    return Snapshot(
        hashrate=None if terahashes is None else HashRate(terahashes),
        operation=None if up is None else OperationalData(timedelta(seconds=up)),
    )


@pytest.mark.parametrize(
    ("before", "now", "elapsed", "proved"),
    [
        pytest.param(read(BEFORE, 100), read(3, 0), 5, True, id="counts from zero"),
        pytest.param(read(BEFORE, 100), read(BEFORE + 5, 99), 5, False, id="goes on"),
        pytest.param(read(None, 100), read(None, 2), 5, True, id="hashes no more"),
        pytest.param(read(None, 100), read(None, 99), 50, False, id="hashes on"),
        pytest.param(read(None, 100), read(), 5, False, id="rate not told"),
        pytest.param(read(BEFORE, 100), read(BEFORE + 5), 5, False, id="rate lacking"),
        pytest.param(read(), read(3), 5, True, id="came up since then"),
        pytest.param(read(), read(300), 50, False, id="was up before"),
        pytest.param(read(), read(), 5, False, id="tells nothing yet"),
        pytest.param(read(), read(), 11, True, id="tells nothing"),
        pytest.param(read(BEFORE), read(), 50, False, id="tells no more"),
    ],
)
@pytest.mark.parametrize("command", [commands.reboot, commands.restart_mining])
def test_proof(
    *,
    monkeypatch: pytest.MonkeyPatch,
    command: Callable[[], commands.Command[RestartControlPort]],
    before: Snapshot,
    now: Snapshot,
    elapsed: float,
    proved: bool,
) -> None:
    """What was read before is compared with what is read since the command."""
    clock = [1000.0]
    monkeypatch.setattr(commands, "monotonic", lambda: clock[0])
    given = command()
    clock[0] += elapsed
    port: Any = SimpleNamespace(snapshot=now)
    assert given.is_done(cast("RestartControlPort", port), before) is proved
