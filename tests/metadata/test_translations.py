"""Rules of hassfest for the texts, and their agreement with the code."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
import re
from string import Formatter
from typing import Any

from homeassistant.const import BASE_PLATFORMS
import pytest

from tests.translations import class_keys

from .files import Document, KeyPath, languages, modules, texts, translation

SECTIONS = {
    "common",
    "conditions",
    "config",
    "config_subentries",
    "device",
    "entity",
    "entity_component",
    "exceptions",
    "issues",
    "options",
    "selector",
    "services",
    "title",
    "triggers",
}
FORBIDDEN = {
    "an address": re.compile(r"https?://", re.IGNORECASE),
    "HTML": re.compile(r"</?[a-z][^>]*>", re.IGNORECASE),
    "a quoted placeholder": re.compile(r"'{\w+}'"),
    "a reference": re.compile(r"\[%key:"),
    "space at an end": re.compile(r"^\s|\s$"),
}
# Home Assistant itself has the texts of these.
ABORTS_OF_HOME_ASSISTANT = {"reauth_successful", "reconfigure_successful"}


@pytest.fixture(name="english", scope="module")
def english_fixture() -> Document:
    """Return the texts that all others are translated from."""
    return translation("en")


def _placeholders(text: str) -> set[str]:
    """Return the names that a text leaves open."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def _flows(document: Document) -> Iterator[tuple[str, Document]]:
    """Yield the texts of every flow with its name."""
    for name in ("config", "options"):
        if name in document:
            yield name, document[name]
    yield from document.get("config_subentries", {}).items()
    for name, issue in document.get("issues", {}).items():
        if "fix_flow" in issue:
            yield name, issue["fix_flow"]


def _steps(document: Document) -> Iterator[tuple[str, Document]]:
    """Yield the texts of every step of every flow with its name."""
    for flow, content in _flows(document):
        for step, body in content.get("step", {}).items():
            yield f"{flow}.{step}", body


def _forms(document: Document) -> Iterator[tuple[str, Document]]:
    """Yield the texts of every group of fields with its name."""
    for name, body in _steps(document):
        yield name, body
        for section, fields in body.get("sections", {}).items():
            yield f"{name}.{section}", fields


def test_sections(english: Document) -> None:
    """The texts lie where Home Assistant looks for them."""
    assert set(english) <= SECTIONS


def test_keys(english: Document) -> None:
    """Keys are written as Home Assistant allows them."""
    keys = {key for path, _ in texts(english) for key in path}
    assert {key for key in keys if not re.fullmatch(r"[a-z0-9_-]+", key)} == set()


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("what", FORBIDDEN)
def test_nothing_forbidden(language: str, what: str) -> None:
    """No text holds what hassfest refuses."""
    found = [
        ".".join(path)
        for path, text in texts(translation(language))
        if FORBIDDEN[what].search(text)
    ]
    assert found == []


@pytest.mark.parametrize("language", languages())
def test_no_text_is_empty(language: str) -> None:
    """Every text says something."""
    assert all(text for _, text in texts(translation(language)))


@pytest.mark.parametrize("language", languages())
def test_languages_agree(language: str, english: Document) -> None:
    """Every language has the same texts with the same placeholders."""

    def outline(document: Document) -> dict[KeyPath, set[str]]:
        """Return what has to be the same in all languages."""
        return {path: _placeholders(text) for path, text in texts(document)}

    assert outline(translation(language)) == outline(english)


def test_every_field_is_described(english: Document) -> None:
    """Every field of every form has a name and a description."""
    for name, form in _forms(english):
        described = set(form.get("data_description", {}))
        assert described == set(form.get("data", {})), name


def test_every_section_has_a_name(english: Document) -> None:
    """Every section of a form says what it is about."""
    for name, step in _steps(english):
        for section, body in step.get("sections", {}).items():
            assert "name" in body, f"{name}.{section}"


def test_menu_options_are_described(english: Document) -> None:
    """A menu that describes one option describes all."""
    for name, step in _steps(english):
        described = step.get("menu_option_descriptions")
        assert described is None or set(described) == set(step["menu_options"]), name


def _keyword(call: ast.Call, name: str) -> str | None:
    """Return the literal text that a call gives to a keyword, None without one."""
    for keyword in call.keywords:
        if keyword.arg == name and isinstance(keyword.value, ast.Constant):
            return str(keyword.value.value)
    return None


def _place(path: Path) -> str:
    """Return the platform that a module belongs to: those of fleets have their own."""
    parts = path.parts[1:] if path.parts[0] == "fleet" else path.parts
    return parts[0].removesuffix(".py")


def _calls(*names: str) -> Iterator[tuple[str, ast.Call]]:
    """Yield the calls of functions or classes with the name of their module."""
    for path, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                called = getattr(node.func, "attr", getattr(node.func, "id", ""))
                if not names or called in names:
                    yield _place(path), node


def test_entities_have_names(english: Document) -> None:
    """Every entity that the code describes has a name."""
    used = {
        (module, key)
        for module, call in _calls()
        if module in BASE_PLATFORMS
        # What is raised names its domain as well; its text stands elsewhere.
        if all(keyword.arg != "translation_domain" for keyword in call.keywords)
        if (key := _keyword(call, "translation_key"))
    }
    named = {
        (platform, key)
        for platform, entities in english["entity"].items()
        for key, entity in entities.items()
        if "name" in entity
    }
    assert used
    assert used - named == set()


def test_names_have_entities(english: Document) -> None:
    """No name is left over from an entity that is gone."""
    words: dict[str, set[str]] = {}
    for path, tree in modules():
        found = words.setdefault(_place(path), set())
        found.update(
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        )
    for platform, entities in english["entity"].items():
        assert set(entities) - words[platform] == set(), platform


def test_failures_have_texts(english: Document) -> None:
    """Every exception, issue and selector that the code names has its text."""
    used = {
        key
        for module, call in _calls()
        if module not in BASE_PLATFORMS
        if (key := _keyword(call, "translation_key"))
    }
    sections = ("exceptions", "issues", "selector")
    known = {key for name in sections for key in english.get(name, {})}
    assert (used | set(class_keys())) - known == set()


def test_exceptions_are_used(english: Document) -> None:
    """No message is left over from an exception that is gone."""
    words = {
        node.value
        for _, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert set(english["exceptions"]) - words == set()
    assert set(english.get("issues", {})) - words == set()


def _has_step(flow: Mapping[str, Any], step: str) -> bool:
    """Tell whether a flow has the texts of a step."""
    return step in flow.get("step", {})


def test_steps_have_texts(english: Document) -> None:
    """Every step that shows something has texts in a flow."""
    for _, call in _calls("async_show_form", "async_show_menu"):
        if step := _keyword(call, "step_id"):
            assert any(_has_step(flow, step) for _, flow in _flows(english)), step


def test_texts_have_steps(english: Document) -> None:
    """No text is left over from a step that is gone."""
    names = {
        name
        for _, tree in modules()
        for node in ast.walk(tree)
        for name in (
            getattr(node, "name", None),
            getattr(node, "id", None),
            getattr(node, "value", None),
        )
        if isinstance(name, str)
    }
    for path, _ in _steps(english):
        step = path.rpartition(".")[2]
        assert names & {f"async_step_{step}", step}, path


def test_aborts_have_texts(english: Document) -> None:
    """Every reason to end a flow has a text."""
    known = {reason for _, flow in _flows(english) for reason in flow.get("abort", {})}
    for _, call in _calls("async_abort", "AbortFlow"):
        if reason := _keyword(call, "reason"):
            assert reason in known | ABORTS_OF_HOME_ASSISTANT


def test_issues_are_told_once(english: Document) -> None:
    """An issue has a title, and either a description or a flow that repairs it."""
    for name, issue in english["issues"].items():
        assert issue["title"], name
        assert ("description" in issue) is not ("fix_flow" in issue), name


def test_subentries_are_introduced(english: Document) -> None:
    """Every kind of part has a name, and a text on the button that adds one."""
    for kind, flow in english["config_subentries"].items():
        assert flow["entry_type"], kind
        assert flow["initiate_flow"]["user"], kind
        assert flow["abort"], kind
