"""Agreement of quality_scale.yaml with Home Assistant's quality scale."""

import pytest

from .files import INTEGRATION, Document, read_yaml

RULES = {
    # Bronze
    "action-setup",
    "appropriate-polling",
    "brands",
    "common-modules",
    "config-flow",
    "config-flow-test-coverage",
    "dependency-transparency",
    "docs-actions",
    "docs-conditions",
    "docs-high-level-description",
    "docs-installation-instructions",
    "docs-removal-instructions",
    "docs-triggers",
    "entity-event-setup",
    "entity-unique-id",
    "has-entity-name",
    "runtime-data",
    "test-before-configure",
    "test-before-setup",
    "unique-config-entry",
    # Silver
    "action-exceptions",
    "config-entry-unloading",
    "docs-configuration-parameters",
    "docs-installation-parameters",
    "entity-unavailable",
    "integration-owner",
    "log-when-unavailable",
    "parallel-updates",
    "reauthentication-flow",
    "test-coverage",
    # Gold
    "devices",
    "diagnostics",
    "discovery",
    "discovery-update-info",
    "docs-data-update",
    "docs-examples",
    "docs-known-limitations",
    "docs-supported-devices",
    "docs-supported-functions",
    "docs-troubleshooting",
    "docs-use-cases",
    "dynamic-devices",
    "entity-category",
    "entity-device-class",
    "entity-disabled-by-default",
    "entity-translations",
    "exception-translations",
    "icon-translations",
    "reconfiguration-flow",
    "repair-issues",
    "stale-devices",
    # Platinum
    "async-dependency",
    "inject-websession",
    "strict-typing",
}


@pytest.fixture(name="answers", scope="module")
def answers_fixture() -> Document:
    """Return what the integration says about each rule."""
    document: Document = read_yaml(INTEGRATION / "quality_scale.yaml")["rules"]
    return document


def test_every_rule_is_answered(answers: Document) -> None:
    """Each rule has an answer, and each answer a rule."""
    assert set(answers) == RULES


def test_answers(answers: Document) -> None:
    """A rule is done or to do, or exempt with a reason."""
    for rule, answer in answers.items():
        if isinstance(answer, str):
            assert answer in {"done", "todo"}, rule
        else:
            assert set(answer) == {"status", "comment"}, rule
            assert answer["status"] in {"done", "exempt", "todo"}, rule
            assert answer["comment"], rule
