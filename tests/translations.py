"""Find what is shown to the user, but has no text."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from string import Formatter
from typing import Any, NamedTuple
from unittest.mock import patch

from homeassistant.components.repairs import RepairsFlow
from homeassistant.config_entries import ConfigFlow, ConfigSubentryFlow, OptionsFlow
from homeassistant.data_entry_flow import (
    FlowHandler,
    FlowManager,
    FlowResultType,
    section,
)
from homeassistant.helpers.selector import SelectSelector
import voluptuous as vol

from custom_components.miner_control.const import DOMAIN

from .metadata.files import Document, modules, texts, translation

type Flow = FlowHandler[Any, Any, Any]
type Result = Mapping[str, Any]


class Shown(NamedTuple):
    """What a flow shows: texts that must exist, and groups of texts to fill in."""

    required: list[str]
    filled: list[str]


def placeholders_of(text: str) -> set[str]:
    """Return the names that a text leaves open."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@contextmanager
def flow_texts_checked() -> Iterator[list[str]]:
    """Yield a list that fills with whatever the flows show without a text."""
    missing: list[str] = []
    english = translation("en")
    handle_step = FlowManager._async_handle_step

    async def checked(self: Any, flow: Flow, *args: Any) -> Any:
        """Handle a step, and look at what it shows."""
        result = await handle_step(self, flow, *args)
        if DOMAIN in type(flow).__module__:
            missing.extend(missing_texts(english, flow, result))
        return result

    with patch.object(FlowManager, "_async_handle_step", checked):
        yield missing


def missing_texts(english: Document, flow: Flow, result: Result) -> Iterator[str]:
    """Yield the keys of the texts and the placeholders that a flow's result lacks."""
    shown = _shown(result, _category(flow, english), english)
    for key in shown.required:
        if not isinstance(_node(english, key), str):
            yield key
    supplied = set(result.get("description_placeholders") or ())
    for key in shown.filled:
        named = set().union(*map(placeholders_of, _texts(english, key)))
        for name in sorted(named - supplied):
            yield f"placeholder {name} of {key}"


def _category(flow: Flow, english: Document) -> str:
    """Return where the texts of a flow lie."""
    if isinstance(flow, RepairsFlow):
        kinds = (kind for kind in english["issues"] if flow.issue_id.startswith(kind))
        return f"issues.{next(kinds)}.fix_flow"
    if isinstance(flow, ConfigSubentryFlow):
        return f"config_subentries.{flow.handler[1]}"
    if isinstance(flow, OptionsFlow):
        return "options"
    assert isinstance(flow, ConfigFlow)
    return "config"


def _shown(result: Result, category: str, english: Document) -> Shown:
    """Return the keys of the texts that a result shows."""
    step = f"{category}.step.{result.get('step_id')}"
    match result["type"]:
        case FlowResultType.FORM:
            errors = (result.get("errors") or {}).values()
            keys = [f"{category}.error.{error}" for error in errors]
            return Shown(
                [*_form_keys(step, result["data_schema"]), *keys], [step, *keys]
            )
        case FlowResultType.MENU:
            keys = list(_menu_keys(step, result["menu_options"], english))
            return Shown(keys, [step])
        case FlowResultType.ABORT if result.get("translation_domain") in (None, DOMAIN):
            keys = [f"{category}.abort.{result['reason']}"]
        case FlowResultType.SHOW_PROGRESS:
            keys = [f"{category}.progress.{result['progress_action']}"]
        case FlowResultType.CREATE_ENTRY if result.get("description"):
            keys = [f"{category}.create_entry.{result['description']}"]
        case _:
            keys = []
    return Shown(keys, keys)


def _menu_keys(
    step: str, options: Iterable[str] | Mapping[str, str], english: Document
) -> Iterator[str]:
    """Yield the keys of a menu; one that brings its own labels needs no others."""
    yield f"{step}.title"
    for option in () if isinstance(options, Mapping) else options:
        yield f"{step}.menu_options.{option}"
        if _node(english, f"{step}.menu_option_descriptions"):
            yield f"{step}.menu_option_descriptions.{option}"


def _form_keys(step: str, schema: vol.Schema | None) -> Iterator[str]:
    """Yield the keys of a form: its title, its fields and its sections."""
    yield f"{step}.title"
    yield f"{step}.description"
    yield from _field_keys(step, schema.schema if schema else {})


def _field_keys(step: str, fields: Mapping[Any, Any]) -> Iterator[str]:
    """Yield the keys of fields, of their descriptions, options and sections."""
    for field, kind in fields.items():
        if isinstance(kind, section):
            yield f"{step}.sections.{field}.name"
            yield from _field_keys(f"{step}.sections.{field}", kind.schema.schema)
            continue
        if not str(field).isidentifier():
            # It is called what the device is called, in every language.
            continue
        yield f"{step}.data.{field}"
        yield f"{step}.data_description.{field}"
        if isinstance(kind, SelectSelector):
            yield from _option_keys(kind.config)


def _option_keys(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield the keys of a selector's options, of those without a label."""
    for option in config["options"]:
        if isinstance(option, str):
            yield f"selector.{config['translation_key']}.options.{option}"


def _node(english: Document, key: str) -> Any:
    """Return what lies under a key, None if nothing does."""
    node: Any = english
    for name in key.split("."):
        node = node.get(name) if isinstance(node, dict) else None
    return node


def _texts(english: Document, key: str) -> list[str]:
    """Return the text of a key, or those of all keys below it."""
    node = _node(english, key)
    if isinstance(node, dict):
        return [text for _, text in texts(node)]
    return [node] if node else []


def raised_exceptions() -> Iterator[tuple[str, set[str]]]:
    """Yield the key of every translated exception, and the placeholders it supplies.

    An exception is told by its domain; descriptions of entities have none. What is
    told within another one is named in a call.
    """
    for _, tree in modules():
        for call in ast.walk(tree):
            if not isinstance(call, ast.Call):
                continue
            if ast.unparse(call.func) == "error_text" and len(call.args) > 1:
                if isinstance(name := call.args[1], ast.Constant):
                    yield str(name.value), {word.arg or "" for word in call.keywords}
            elif _keyword(call, "translation_domain"):
                supplied = _supplied(_keyword(call, "translation_placeholders"))
                for key in _keys(tree, call, _keyword(call, "translation_key")):
                    yield key, supplied


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    """Return what a call passes by a keyword."""
    return next((kw.value for kw in call.keywords if kw.arg == name), None)


def _supplied(placeholders: ast.expr | None) -> set[str]:
    """Return the names of the placeholders in a dictionary."""
    if placeholders is None:
        return set()
    assert isinstance(placeholders, ast.Dict), ast.unparse(placeholders)
    return {ast.literal_eval(key) for key in placeholders.keys if key is not None}


def _keys(tree: ast.Module, call: ast.Call, key: ast.expr | None) -> Iterator[str]:
    """Yield the translation keys that a call may pass."""
    match key:
        case ast.Constant(value=str(text)):
            yield text
        case ast.Attribute(attr="translation_key"):
            yield from class_keys()
        case ast.Name(id=name):
            yield from _arguments(tree, call, name)
        case _:
            raise AssertionError(f"unclear: {ast.unparse(call)}")


def class_keys() -> Iterator[str]:
    """Yield the translation keys that classes of exceptions carry."""
    for _, tree in modules():
        for node in ast.walk(tree):
            match node:
                case (
                    ast.AnnAssign(target=ast.Name("translation_key"), value=value)
                    | ast.Assign(targets=[ast.Name("translation_key")], value=value)
                ) if isinstance(value, ast.Constant):
                    yield str(value.value)


def _arguments(tree: ast.Module, call: ast.Call, name: str) -> Iterator[str]:
    """Yield what is passed for a parameter to the function that a call stands in."""
    function = next(
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and call in ast.walk(node)
    )
    position = [argument.arg for argument in function.args.args].index(name)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == function.name:
            yield ast.literal_eval(node.args[position])
