"""Fixtures that all tests share."""

from collections.abc import Iterator
import logging
import os
from typing import override

from hypothesis import settings
import pytest

from .translations import flow_texts_checked

# Before the first test: a package of that name in the test helpers hides ours else.

# A busy machine is slow now and then; that is no failure. The examples are the same
# in every run, so that a failure comes from a change; fuzzing looks for news.
settings.register_profile(
    "miner_control",
    deadline=None,
    derandomize="MINER_CONTROL_FUZZ_EFFORT" not in os.environ,
)
settings.load_profile("miner_control")


@pytest.fixture(autouse=True)
def _custom_integrations(enable_custom_integrations: None) -> None:
    """Let Home Assistant find the integration."""


class Reports(logging.Handler):
    """What Home Assistant says that somebody should no longer do."""

    def __init__(self) -> None:
        """Know of none yet."""
        super().__init__(logging.WARNING)
        self.found: list[str] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """Keep a message if it is one of those."""
        message = record.getMessage()
        if message.startswith(("Detected ", "The deprecated ")):
            self.found.append(message)


@pytest.fixture(autouse=True)
def reports() -> Iterator[Reports]:
    """Fail where Home Assistant reports what will stop working, or works by chance."""
    handler = Reports()
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)
    assert handler.found == []


@pytest.fixture
def every_text_exists() -> Iterator[None]:
    """Fail a test whose flow shows something that there is no text for."""
    with flow_texts_checked() as missing:
        yield
    assert missing == []
