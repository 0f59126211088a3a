"""The flows of the user interface, walked through Home Assistant's API."""

import asyncio
from collections.abc import Collection, Mapping
from typing import Any

from .client import Client, Json
from .errors import HomeError

ENTRY_FLOW = "/api/config/config_entries/flow"
OPTIONS_FLOW = "/api/config/config_entries/options/flow"
SUBENTRY_FLOW = "/api/config/config_entries/subentries/flow"

# More steps than any flow of the integration has: a form that refuses its
# answer is shown again, and must not be answered the same way for ever.
MAX_STEPS = 8
# How long a flow may take to install a library that a device needs, in seconds, and
# how often it is looked at meanwhile.
INSTALLATION_TIMEOUT = 300.0
_PAUSE = 0.5


# How a flow ends that sets up anew what there is already.
_RECONFIGURED = "reconfigure_successful"

# What a form asks with some devices only.
_OFFERED = frozenset({"standby"})


async def walk(
    client: Client,
    path: str,
    handler: object,
    answers: Mapping[str, Json],
    **more: str,
) -> Json:
    """Answer each step of a flow until it has created or set something.

    With `more` it begins, such as with what is to be set anew.
    """
    step = await client.post(path, {"handler": handler, **more})
    for _ in range(MAX_STEPS):
        if step["type"] == "create_entry" or step.get("reason") == _RECONFIGURED:
            return dict(step)
        answer = _answer(step, answers)
        step = await client.post(f"{path}/{step['flow_id']}", answer)
        step = await _settled(client, path, step)
    raise HomeError(f"the flow of {handler} does not end: {step}")


async def _settled(client: Client, path: str, step: Json) -> Json:
    """Return the step that comes after those that only show progress."""
    async with asyncio.timeout(INSTALLATION_TIMEOUT):
        while step["type"] in ("progress", "progress_done"):
            await asyncio.sleep(_PAUSE)
            step = await client.get(f"{path}/{step['flow_id']}")
    return step


def _answer(step: Json, answers: Mapping[str, Json]) -> dict[str, Any]:
    """Return what a step is to be answered."""
    if step["type"] not in ("form", "menu"):
        raise HomeError(f"the flow ended with {step['type']}: {step.get('reason')}")
    if errors := step.get("errors"):
        raise HomeError(f"the step {step['step_id']} refused: {errors}")
    if step["step_id"] not in answers:
        raise HomeError(f"the flow asked something unknown: {step['step_id']}")
    return _placed(step.get("data_schema") or (), answers[step["step_id"]])


def _placed(fields: Collection[Json], answer: Json) -> dict[str, Any]:
    """Return an answer, each value in the section of the form that has its field."""
    names = {field["name"] for field in fields}
    placed = {k: v for k, v in answer.items() if k in names or k not in _OFFERED}
    for section in fields:
        if section.get("type") != "expandable" or section["name"] in answer:
            continue
        own = [field["name"] for field in section["schema"]]
        if inside := {name: placed.pop(name) for name in own if name in placed}:
            placed[section["name"]] = inside
    return placed
