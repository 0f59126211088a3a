"""Translations are built from the texts, and hold nothing else."""

from pathlib import Path
import shutil

import pytest

from scripts.lib import texts


def test_translations_are_fresh() -> None:
    """Whoever changes a text, or a translation, builds them: scripts/texts."""
    for path, text in texts.built():
        assert texts.content(path) == text, path.name


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the texts that can be changed."""
    folder = tmp_path / "texts"
    shutil.copytree(texts.TEXTS, folder)
    monkeypatch.setattr(texts, "TEXTS", folder)
    return folder


def _change(path: Path, before: str, after: str) -> None:
    """Replace a part of a file."""
    content = path.read_text(encoding="utf-8")
    assert before in content
    path.write_text(content.replace(before, after, 1), encoding="utf-8")


def test_language_that_lacks_a_text(copy: Path) -> None:
    """It is named, with the language."""
    _change(copy / "de.yaml", "flow_title:", "flow_heading:")
    with pytest.raises(texts.TextsError, match=r"de\.yaml lacks flow_title"):
        list(texts.built())


def test_text_that_nothing_shows(copy: Path) -> None:
    """It is no longer needed."""
    for path in copy.glob("*.yaml"):
        if path.stem != "layout":
            _change(path, "flow_title:", "nobody: x\nflow_title:")
    with pytest.raises(texts.TextsError, match="nothing shows nobody"):
        list(texts.built())


def test_name_without_a_text(copy: Path) -> None:
    """The layout asks for it in vain."""
    _change(copy / "layout.yaml", "flow_title: flow_title", "flow_title: nobody")
    with pytest.raises(texts.TextsError, match="there is no text nobody"):
        list(texts.built())
