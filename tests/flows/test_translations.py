"""The texts of flows and of exceptions agree with the code that shows them."""

import ast
from collections.abc import Iterator
from functools import partialmethod
import inspect

from homeassistant.core import HomeAssistant
import pytest

from custom_components.miner_control.config_flow import MinerControlConfigFlow
from custom_components.miner_control.const import DOMAIN
from custom_components.miner_control.flows import subentries
from custom_components.miner_control.flows.attempts import AttemptSteps
from custom_components.miner_control.flows.link_steps import LinkSteps
from custom_components.miner_control.flows.options import MinerOptionsFlow
from tests.metadata.files import Document, modules, translation
from tests.translations import missing_texts, placeholders_of, raised_exceptions

from .linking import FirstLink

FLOWS: dict[str, type] = {
    "config": MinerControlConfigFlow,
    "options": MinerOptionsFlow,
    "config_subentries.network": subentries.NetworkSubentryFlow,
    "config_subentries.entities": subentries.EntitiesSubentryFlow,
    "config_subentries.simulated": subentries.SimulatedSubentryFlow,
}

# Home Assistant itself ends flows for these reasons.
ABORTS_OF_HOME_ASSISTANT = {"already_in_progress"}


def _texts_of(flow: str) -> Document:
    """Return the texts of a flow."""
    node = translation("en")
    for name in flow.split("."):
        node = node[name]
    return node


def _definitions() -> dict[str, ast.AST]:
    """Return what the flows share, by name: functions, steps and constants."""
    found: dict[str, ast.AST] = {}
    for path, tree in modules():
        if path.parts[0] == "flows" and path.stem != "subentries":
            found |= {name: node for node in ast.walk(tree) if (name := _name(node))}
    return found


def _name(node: ast.AST) -> str | None:
    """Return the name that a node defines."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return name
        case (
            ast.Assign(targets=[ast.Name(id=name)])
            | ast.AnnAssign(target=ast.Name(id=name))
        ):
            return name
        case _:
            return None


def _words(node: ast.AST) -> Iterator[str]:
    """Yield the names and the texts that a piece of code holds."""
    for part in ast.walk(node):
        match part:
            case ast.Name(id=word) | ast.Attribute(attr=word):
                yield word
            case ast.Constant(value=str(word)):
                yield word
            case _:
                pass


def _made_steps(flow: type) -> Iterator[str]:
    """Yield the steps of a flow that are made from another method."""
    for name, method in vars(flow).items():
        if isinstance(method, partialmethod):
            yield name.removeprefix("async_step_")


def _reachable(flow: type) -> set[str]:
    """Return all words that a flow comes across, from its own steps on."""
    definitions = _definitions()
    shared = (AttemptSteps, LinkSteps)
    own = [
        cls for cls in flow.__mro__ if DOMAIN in cls.__module__ and cls not in shared
    ]
    todo: list[ast.AST] = [ast.parse(inspect.getsource(cls)) for cls in own]
    words = {step for cls in own for step in _made_steps(cls)}
    while todo:
        for word in set(_words(todo.pop())) - words:
            words.add(word)
            # A word may name a step, such as those of a menu.
            steps_to = (word, f"async_step_{word}")
            todo += [definitions[name] for name in steps_to if name in definitions]
    return words


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("kind", ["step", "error", "abort"])
def test_no_text_is_left_over(flow: str, kind: str) -> None:
    """Every step, error and end that there is a text for can come up in the flow."""
    used = _reachable(FLOWS[flow]) | ABORTS_OF_HOME_ASSISTANT
    assert set(_texts_of(flow).get(kind, {})) - used == set()


def test_left_over_texts_are_found() -> None:
    """A flow does not reach what only another flow shows."""
    reached = _reachable(subentries.SimulatedSubentryFlow)
    assert {"simulated", "features", "no_name", "invalid_priority"} <= reached
    assert reached & {"network", "no_entity", "no_subnet"} == set()


def test_exceptions_have_texts() -> None:
    """Every exception has a message, and supplies what the message leaves open."""
    messages = translation("en")["exceptions"]
    raised = list(raised_exceptions())
    assert raised
    for key, supplied in raised:
        assert placeholders_of(messages[key]["message"]) <= supplied, key


def test_exceptions_are_raised() -> None:
    """No message is left over from an exception that is gone."""
    raised = {key for key, _ in raised_exceptions()}
    assert set(translation("en")["exceptions"]) == raised


@pytest.mark.parametrize(
    ("path", "missing"),
    [
        ("step.features.title", "config.step.features.title"),
        ("step.features.data.enabled", "config.step.features.data.enabled"),
        (
            "step.features.sections.priorities.name",
            "config.step.features.sections.priorities.name",
        ),
        (
            "step.features.sections.priorities.data_description.power_control",
            "config.step.features.sections.priorities.data_description.power_control",
        ),
        ("error.invalid_priority", "config.error.invalid_priority"),
    ],
)
async def test_missing_text_is_found(
    hass: HomeAssistant, no_setup: None, path: str, missing: str
) -> None:
    """A form without one of its texts is noticed."""
    link, english = FirstLink(hass), translation("en")
    await link.open("simulated")
    await link.submit({"name": "Model"})
    result = await link.submit({"priorities": {"power_control": 0}})
    flow = hass.config_entries.flow._progress[result["flow_id"]]
    assert list(missing_texts(english, flow, result)) == []

    *parents, key = path.split(".")
    node = english["config"]
    for name in parents:
        node = node[name]
    del node[key]
    assert list(missing_texts(english, flow, result)) == [missing]


async def test_missing_placeholder_is_found(hass: HomeAssistant) -> None:
    """A form that leaves a placeholder open is noticed."""
    link, english = FirstLink(hass), translation("en")
    await link.open("simulated")
    result = dict(await link.submit({"name": "Model"}))
    result["description_placeholders"] = {"title": "Model", "boards": "3", "fans": "4"}
    flow = hass.config_entries.flow._progress[result["flow_id"]]
    assert list(missing_texts(english, flow, result)) == [
        "placeholder firmware of config.step.features"
    ]
