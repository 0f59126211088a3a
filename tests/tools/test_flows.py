"""Walking through flows."""

from collections.abc import Mapping
from typing import Any, cast

import pytest

from tools.home import flows
from tools.home.client import Client
from tools.home.errors import HomeError
from tools.home.flows import MAX_STEPS, walk

MENU = {"type": "menu", "step_id": "user", "flow_id": "1"}
FORM = {"type": "form", "step_id": "network", "flow_id": "1", "errors": {}}
END = {"type": "create_entry", "title": "A miner"}
ANSWERS = {"user": {"next_step_id": "network"}, "network": {"host": "127.0.0.2"}}


class FakeClient:
    """Play the steps of a flow, and keep what was posted."""

    def __init__(self, *steps: Mapping[str, Any]) -> None:
        """Play these steps; the last one for ever."""
        self.steps = list(steps)
        self.posts: list[tuple[str, Mapping[str, Any]]] = []

    async def get(self, path: str) -> Mapping[str, Any]:
        """Answer with what the flow shows by now."""
        assert path == "/flow/1"
        return self.steps.pop(0)

    async def post(self, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Answer with the next step."""
        self.posts.append((path, body))
        return self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]


def client_of(*steps: Mapping[str, Any]) -> tuple[FakeClient, Client]:
    """Return a client that plays steps, as itself and as what it stands for."""
    fake = FakeClient(*steps)
    return fake, cast("Client", fake)


async def test_each_step_gets_its_answer() -> None:
    """A flow is walked to its end."""
    fake, client = client_of(MENU, FORM, END)

    assert await walk(client, "/flow", "miner_control", ANSWERS) == END
    assert fake.posts == [
        ("/flow", {"handler": "miner_control"}),
        ("/flow/1", ANSWERS["user"]),
        ("/flow/1", ANSWERS["network"]),
    ]


async def test_installation_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A flow that shows progress is looked at until it asks something."""
    monkeypatch.setattr(flows, "_PAUSE", 0.0)
    progress = {"type": "progress", "flow_id": "1"}
    fake, client = client_of(MENU, FORM, progress, progress, END)

    assert await walk(client, "/flow", "miner_control", ANSWERS) == END
    assert len(fake.posts) == 3


async def test_what_there_is_can_be_set_anew() -> None:
    """Such a flow is told what it is about, and ends in its own way."""
    end = {"type": "abort", "reason": "reconfigure_successful"}
    fake, client = client_of(FORM, end)

    assert await walk(client, "/flow", "fleet", ANSWERS, subentry_id="1") == end
    assert fake.posts[0] == ("/flow", {"handler": "fleet", "subentry_id": "1"})


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ({"type": "abort", "reason": "already_configured"}, "already_configured"),
        ({**FORM, "errors": {"host": "cannot_connect"}}, "cannot_connect"),
        ({**FORM, "step_id": "surprise"}, "surprise"),
    ],
)
async def test_flow_that_goes_wrong(step: Mapping[str, Any], message: str) -> None:
    """A flow that does not lead to its end says why."""
    _, client = client_of(MENU, step)

    with pytest.raises(HomeError, match=message):
        await walk(client, "/flow", "miner_control", ANSWERS)


async def test_flow_without_end() -> None:
    """A flow that asks for ever is given up."""
    fake, client = client_of(FORM)

    with pytest.raises(HomeError, match="does not end"):
        await walk(client, "/flow", "miner_control", ANSWERS)
    assert len(fake.posts) == MAX_STEPS + 1
