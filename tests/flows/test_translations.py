"""The texts of flows and of exceptions agree with the code that shows them."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import partialmethod
import inspect
from pathlib import Path

from homeassistant.core import HomeAssistant
import pytest

from custom_components.miner_control.config_flow import MinerControlConfigFlow
from custom_components.miner_control.const import DOMAIN
from custom_components.miner_control.fleet.flows import subentries as of_fleets
from custom_components.miner_control.fleet.flows.options import FleetOptionsFlow
from custom_components.miner_control.flows import subentries
from custom_components.miner_control.flows.attempts import AttemptSteps
from custom_components.miner_control.flows.link_steps import LinkSteps
from custom_components.miner_control.flows.options import MinerOptionsFlow
from tests.metadata.files import Document, modules, translation
from tests.translations import missing_texts, placeholders_of, raised_exceptions

from .linking import FirstLink

FLOWS: dict[str, tuple[type, ...]] = {
    "config": (MinerControlConfigFlow,),
    "options": (MinerOptionsFlow, FleetOptionsFlow),
    "config_subentries.network": (subentries.NetworkSubentryFlow,),
    "config_subentries.entities": (
        subentries.EntitiesSubentryFlow,
        of_fleets.RoomSensorSubentryFlow,
    ),
    "config_subentries.simulated": (subentries.SimulatedSubentryFlow,),
    "config_subentries.member": (of_fleets.MemberSubentryFlow,),
    "config_subentries.circuit": (of_fleets.CircuitSubentryFlow,),
}

# Home Assistant itself ends flows for these reasons.
ABORTS_OF_HOME_ASSISTANT = {"already_in_progress"}


def _texts_of(flow: str) -> Document:
    """Return the texts of a flow."""
    node = translation("en")
    for name in flow.split("."):
        node = node[name]
    return node


# What flows ask outside their own folders, and what gives them an error's key.
ASKED = (Path("fleet/meters.py"),)


def _definitions() -> Mapping[str, Mapping[Path, list[ast.AST]]]:
    """Return what the flows share, by name and module: functions and constants.

    Classes of flows are not shared: each flow says which it is made of.
    """
    found: dict[str, dict[Path, list[ast.AST]]] = defaultdict(lambda: defaultdict(list))
    for path, tree in modules():
        if path not in ASKED and "flows" not in path.parts:
            continue
        methods = [] if path.stem == "subentries" else list(_methods(tree))
        for node in (*tree.body, *methods):
            if name := _name(node, with_classes=path in ASKED):
                found[name][path].append(node)
    return found


def _methods(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield what the classes of a module define."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield from node.body


def _name(node: ast.AST, *, with_classes: bool) -> str | None:
    """Return the name that a node defines."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return name
        case ast.ClassDef(name=name) if with_classes:
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


def _reachable(*flows: type) -> set[str]:
    """Return all words that flows come across, from their own steps on."""
    definitions = _definitions()
    shared = (AttemptSteps, LinkSteps)
    own = [
        cls
        for flow in flows
        for cls in flow.__mro__
        if DOMAIN in cls.__module__ and cls not in shared
    ]
    todo: list[tuple[Path, ast.AST]] = [
        (_module_of(cls), ast.parse(inspect.getsource(cls))) for cls in own
    ]
    words = {step for cls in own for step in _made_steps(cls)}
    seen = set()
    while todo:
        path, node = todo.pop()
        for word in set(_words(node)):
            words.add(word)
            # A word may name a step, such as those of a menu.
            for name in (word, f"async_step_{word}"):
                places = definitions.get(name, {})
                # What the module has itself is meant before what others call so.
                for place in [path] if path in places else list(places):
                    if (place, name) not in seen:
                        seen.add((place, name))
                        todo += [(place, each) for each in places[place]]
    return words


def _module_of(cls: type) -> Path:
    """Return the module of a class, relative to the integration."""
    _, _, inside = cls.__module__.partition(f"{DOMAIN}.")
    return Path(*inside.split(".")).with_suffix(".py")


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("kind", ["step", "error", "abort"])
def test_no_text_is_left_over(flow: str, kind: str) -> None:
    """Every step, error and end that there is a text for can come up in the flow."""
    used = _reachable(*FLOWS[flow]) | ABORTS_OF_HOME_ASSISTANT
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
