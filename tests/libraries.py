"""A machine that lacks libraries, and the index that it gets them from."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.requirements import RequirementsNotFound

from custom_components.miner_control.controllers import libraries
from custom_components.miner_control.controllers.libraries import LIBRARIES, Library


@dataclass
class Index:
    """What can be installed, and what was; nothing is before the index is open."""

    has: set[Library] = field(default_factory=lambda: set(LIBRARIES))
    installed: set[Library] = field(default_factory=set)
    asked: list[Library] = field(default_factory=list)
    is_open: asyncio.Event = field(default_factory=asyncio.Event)

    async def install(self, _: HomeAssistant, name: str, wanted: list[str]) -> None:
        """Install as Home Assistant does."""
        (library,) = (one for one in LIBRARIES if [one.requirement] == wanted)
        self.asked.append(library)
        await self.is_open.wait()
        if library not in self.has:
            raise RequirementsNotFound(name, wanted)
        self.installed.add(library)

    def other_version(self, library: Library) -> str | None:
        """Tell that a library is not installed, unless it was."""
        return None if library in self.installed else ""


@contextmanager
def nothing_installed() -> Iterator[Index]:
    """Have no library installed, and Home Assistant install from an index."""
    index = Index()
    with (
        # For ours alone: others shall not be installed.
        patch.object(libraries, "_may_install", lambda _: True),
        patch.object(libraries, "_IMPORTED", {}),
        patch.object(libraries, "_VERSIONS", {}),
        patch.object(libraries, "_other_version", index.other_version),
        patch.object(libraries, "async_process_requirements", index.install),
    ):
        yield index
