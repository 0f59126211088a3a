"""What is done to the fleet comes in its order."""

from typing import Any, cast

import pytest

from chaos import deeds
from chaos.schedule import PROVED, Deed, FleetEvent
from chaos.sharing import Sharing
from chaos.stage import Stage

SHARING = Sharing("fleet", (), {}, total=6600.0, limit=3000.0)


class Clock:
    """The time of a stage on which nothing takes time, but for resets."""

    now = 0.0

    async def until(self, time: float) -> None:
        """Let it be some seconds after the beginning."""
        self.now = max(self.now, time)


@pytest.mark.parametrize(("to", "woken"), [(PROVED, 41.0), ("", 32.0)])
async def test_what_follows_a_stop_that_took_longer_comes_later(
    monkeypatch: pytest.MonkeyPatch, to: str, woken: float
) -> None:
    """The fleet has all its time then; other delays are made up for."""
    clock = Clock()
    done: list[tuple[float, Deed]] = []

    async def note(stage: Any, _: Sharing, event: FleetEvent) -> None:
        """Note when something was done; a reset takes 20 s."""
        done.append((stage.now, event.deed))
        stage.now += 20.0 if event.deed is Deed.RESET else 0.0

    monkeypatch.setattr(deeds, "_ACTIONS", dict.fromkeys(Deed, note))
    events = [
        FleetEvent(1.0, Deed.STOP),
        FleetEvent(12.0, Deed.RESET, to),
        FleetEvent(21.0, Deed.WAKE),
    ]
    await deeds.do_all(cast("Stage", clock), SHARING, events)
    assert done == [(1.0, Deed.STOP), (12.0, Deed.RESET), (woken, Deed.WAKE)]
