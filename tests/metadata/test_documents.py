"""Agreement of the documents with each other, with the code and with themselves."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

from homeassistant.components.automation.config import async_validate_config_item
from homeassistant.components.script.config import SCRIPT_ENTITY_SCHEMA
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import yaml as yaml_util
import pytest

from custom_components.miner_control.const import DOMAIN
from custom_components.miner_control.domain.features import (
    MinerFeatureType,
    MinerStatus,
)
from scripts.lib.frontend import MODULE

from .documents import (
    DOCS,
    DOCUMENTS,
    Example,
    anchors,
    examples,
    links,
    read,
    tables,
    target,
)
from .files import INTEGRATION, ROOT, manifest, read_yaml, translation

BLUEPRINTS = sorted((ROOT / "blueprints").rglob("*.yaml"))
YAML_EXAMPLES = [
    example
    for document in DOCUMENTS
    for example in examples(document)
    if example.language == "yaml"
]
_ENTITY_KEY = re.compile(r"_\d+$")


def _missing(keys: Iterable[str], texts: str) -> set[str]:
    """Return the keys that a text does not name as code."""
    return {key for key in keys if f"`{key}`" not in texts}


# What a contributor is told to open; a name alone may stand in any folder.
_PATH = re.compile(r"`([\w./-]+(?:/|\.(?:py|yaml|json|md|in)))`")
# What is made by a run, and not a part of the repository.
_MADE = {".cache/home-assistant/"}


def test_contributors_find_what_they_are_told_to_open() -> None:
    """Every path in the guide exists, from the top or in the integration."""
    named = set(_PATH.findall(read(ROOT / "CONTRIBUTING.md")))
    assert len(named) > 50
    missing = {
        name
        for name in named - _MADE
        if not (ROOT / name).exists() and not any(INTEGRATION.rglob(name.rstrip("/")))
    }
    assert missing == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    """Every link and image is a file of the repository, or an address."""
    for link in links(document):
        if urlsplit(link).scheme:
            assert link.startswith("https://"), link
            continue
        file, heading = target(document, link)
        assert file.exists(), link
        assert file.is_relative_to(ROOT), link
        if heading:
            assert heading in anchors(file), link


def test_readme_leads_to_every_document() -> None:
    """Nothing is written that nobody finds."""
    found = {target(ROOT / "README.md", link)[0] for link in links(ROOT / "README.md")}
    assert set(DOCUMENTS) - {ROOT / "README.md"} <= found


def test_documents_link_to_the_repository_by_its_name() -> None:
    """Addresses of the repository are those of the manifest."""
    address = manifest()["documentation"]
    for document in DOCUMENTS:
        for link in links(document):
            if "miner-control" in link and "my.home-assistant.io" not in link:
                assert link.startswith(address), link


def test_every_blueprint_can_be_imported_from_the_documents() -> None:
    """A link lets Home Assistant import each blueprint from where it is."""
    linked = {
        parse_qs(urlsplit(link).query)["blueprint_url"][0]
        for link in links(DOCS / "automations.md")
        if "blueprint_import" in link
    }
    assert linked == {read_blueprint_address(blueprint) for blueprint in BLUEPRINTS}


def read_blueprint_address(path: Path) -> str:
    """Return the address that a blueprint says it is from."""
    content = yaml_util.load_yaml_dict(path)
    address: str = content["blueprint"]["source_url"]
    return address


@pytest.mark.parametrize("blueprint", BLUEPRINTS, ids=lambda path: path.stem)
def test_every_input_of_a_blueprint_is_explained(blueprint: Path) -> None:
    """The table of a blueprint holds each of its inputs, with what it usually is."""
    content = yaml_util.load_yaml_dict(blueprint)["blueprint"]
    section = read(DOCS / "automations.md").split(f"\n### {content['name']}\n")[1]
    rows = [row.split(" | ") for row in section.split("\n#")[0].splitlines()]
    usual = {
        name.strip().lower(): row[1]
        for row in rows
        if row[0].startswith("| ")
        for name in _split_names(row[0].removeprefix("| "))
    }
    for name, field in _inputs(content):
        told = usual[field["name"].lower()]
        default = field.get("default")
        if isinstance(default, int | float) and not isinstance(default, bool):
            assert f"{default:g}" in re.findall(r"[\d.]+", told), name


def _split_names(cell: str) -> list[str]:
    """Return the names of the inputs that share a row, spelt out."""
    return cell.replace("time on, off", "time on, shortest time off").split(", ")


def _inputs(content: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the inputs of a blueprint, out of their sections."""
    for name, field in content["input"].items():
        yield from field.get("input", {name: field}).items()


@pytest.mark.parametrize("image", sorted((DOCS / "images").iterdir()))
def test_images_are_used(image: Path) -> None:
    """Each image is shown somewhere, and a drawing is one."""
    shown = {
        target(document, link)[0] for document in DOCUMENTS for link in links(document)
    }
    assert image in shown
    if image.suffix == ".svg":
        root = ET.fromstring(image.read_text(encoding="utf-8"))  # noqa: S314
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert root.find("{http://www.w3.org/2000/svg}title") is not None


# Agreement with the code


def test_every_feature_is_documented() -> None:
    """The table of features holds them all."""
    assert not _missing(MinerFeatureType, read(DOCS / "controllers.md"))


def test_every_status_is_documented() -> None:
    """Each status of a miner is explained."""
    assert not _missing(MinerStatus, read(DOCS / "entities.md"))


def test_every_entity_is_documented() -> None:
    """The tables of entities hold each key."""
    text = read(DOCS / "entities.md")
    documented = {_ENTITY_KEY.sub("", key) for key in re.findall(r"`(\w+)`", text)}
    documented |= {re.sub(r"_\d+_", "_", key) for key in documented}
    for platform, entities in translation()["entity"].items():
        assert set(entities) <= documented, platform
        for entity in entities.values():
            assert entity["name"].format(number=1, algorithm="{algorithm}") in text, (
                platform
            )


@pytest.mark.parametrize("kind", ["services", "triggers", "conditions"])
def test_everything_for_automations_is_documented(kind: str) -> None:
    """Each action, trigger and condition is explained, with all its fields."""
    text = read(DOCS / "actions.md")
    file = INTEGRATION / f"{kind}.yaml"
    assert file.exists()
    described = {
        key: value for key, value in read_yaml(file).items() if not key.startswith(".")
    }
    assert not _missing((f"{DOMAIN}.{key}" for key in described), text)
    for description in described.values():
        assert not _missing(description.get("fields", {}), text)


def test_every_event_is_documented() -> None:
    """Each event that the code fires is explained."""
    text = read(DOCS / "actions.md")
    code = "".join(
        path.read_text(encoding="utf-8") for path in INTEGRATION.rglob("events.py")
    )
    events = re.findall(r'f"\{DOMAIN\}_(\w+)"', code)
    assert events
    assert not _missing((f"{DOMAIN}_{event}" for event in events), text)


def test_every_field_is_documented() -> None:
    """Each field of each form is explained."""
    text = read(DOCS / "configuration.md")
    texts = translation()
    features = {feature.value for feature in MinerFeatureType}
    flows = [texts["config"], texts["options"], *texts["config_subentries"].values()]
    for flow in flows:
        for step_id, step in flow["step"].items():
            parts = [step, *step.get("sections", {}).values()]
            fields = {key for part in parts for key in part.get("data", {})}
            if step_id == "entities" or not fields & features:
                assert not _missing(fields, text), step_id


def test_every_adjustment_is_documented() -> None:
    """Each part of an adjustment is explained by its name."""
    told = {
        (row["field"], row["key"])
        for found in tables(DOCS / "configuration.md", "field", "key")
        for row in found
    }
    for key, field in translation()["selector"]["adjustment"]["fields"].items():
        assert (field["name"], f"`{key}`") in told, key


@pytest.mark.parametrize("kind", ["config", "options"])
def test_every_choice_is_documented(kind: str) -> None:
    """Each choice of a menu is explained by its name, without what is filled in."""
    text = read(DOCS / "configuration.md")
    for step in translation()[kind]["step"].values():
        for choice, name in step.get("menu_options", {}).items():
            if choice not in set(MinerFeatureType):
                assert name in text, choice


def test_every_issue_is_documented() -> None:
    """Each issue that can be raised is explained by its title, less the names."""
    text = read(DOCS / "troubleshooting.md").lower()
    issues = translation()["issues"]
    assert issues
    for issue in issues.values():
        words = re.split(r"\{\w+\}:?", issue["title"].lower())
        assert all(word.strip() in text for word in words), issue["title"]


# Examples


def test_there_are_examples() -> None:
    """The tests below have something to look at."""
    assert len(YAML_EXAMPLES) > 8


@pytest.mark.parametrize("example", YAML_EXAMPLES, ids=str)
async def test_examples_are_right(hass: HomeAssistant, example: Example) -> None:
    """Each example can be read, and Home Assistant takes what is an automation."""
    content: Any = yaml_util.parse_yaml(example.text)
    assert content
    if isinstance(content, list):
        content = {"actions": content}
    assert await async_setup_component(hass, DOMAIN, {})
    if "triggers" in content:
        found = await async_validate_config_item(
            hass, "example", {"alias": "Example"} | content
        )
        assert found is not None
        assert found.validation_error is None
    elif "actions" in content:
        SCRIPT_ENTITY_SCHEMA({"alias": "Example", "sequence": content["actions"]})
    else:
        assert content.keys() <= {"logger", "lovelace"} or _is_of_dashboard(content)


def _is_of_dashboard(content: dict[str, Any]) -> bool:
    """Tell whether an example is a dashboard or a card that is registered."""
    kind = content.get("strategy", content)["type"].removeprefix("custom:")
    return f'"{kind}"' in MODULE.read_text(encoding="utf-8")
