"""The flows of the user interface, walked through Home Assistant's API."""

from collections.abc import Mapping
from typing import Any

from .client import Client, Json
from .errors import DemoError

ENTRY_FLOW = "/api/config/config_entries/flow"
SUBENTRY_FLOW = "/api/config/config_entries/subentries/flow"

# More steps than any flow of the integration has: a form that refuses its
# answer is shown again, and must not be answered the same way for ever.
MAX_STEPS = 8


async def walk(
    client: Client, path: str, handler: object, answers: Mapping[str, Json]
) -> Json:
    """Answer each step of a flow until it has created something."""
    step = await client.post(path, {"handler": handler})
    for _ in range(MAX_STEPS):
        if step["type"] == "create_entry":
            return dict(step)
        answer = _answer(step, answers)
        step = await client.post(f"{path}/{step['flow_id']}", answer)
    raise DemoError(f"the flow of {handler} does not end: {step}")


def _answer(step: Json, answers: Mapping[str, Json]) -> dict[str, Any]:
    """Return what a step is to be answered."""
    if step["type"] not in ("form", "menu"):
        raise DemoError(f"the flow ended with {step['type']}: {step.get('reason')}")
    if errors := step.get("errors"):
        raise DemoError(f"the step {step['step_id']} refused: {errors}")
    if step["step_id"] not in answers:
        raise DemoError(f"the flow asked something unknown: {step['step_id']}")
    return dict(answers[step["step_id"]])
