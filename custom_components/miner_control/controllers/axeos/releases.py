"""Which release of a firmware is the latest, by the feeds of those who make it.

A feed is asked once a day, in the background, and not at all in the first minutes.
Without the internet, nothing is known and nothing is logged.
"""

from collections.abc import Mapping
from contextvars import Context
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
import re
from time import monotonic
from typing import Any, Final

from aiohttp import ClientError, ClientTimeout
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from ...const import DOMAIN, LOGGER
from ...domain.values import Firmware
from ..network.http import shared_session
from ..network.limits import in_short
from ..network.parsing import rows

FEED: Final = "https://api.github.com/repos/{}/releases/latest"
# Whose releases a family runs; others have no feed.
REPOSITORIES: Final[Mapping[str, str]] = {
    "axeos": "bitaxeorg/ESP-Miner",
    "nerdos": "shufps/ESP-Miner-NerdQAxePlus",
    "nmaxe": "NMminer1024/ESP-Miner-NMAxe",
}
INTERVAL: Final = timedelta(days=1).total_seconds()
RETRY_INTERVAL: Final = timedelta(hours=1).total_seconds()
FIRST_DELAY: Final = timedelta(minutes=5).total_seconds()
TIMEOUT: Final = 20.0

# Firmware that was derived has a version of its own behind that.
_RELEASE: Final = re.compile(r"v?\d+(\.\d+){1,3}")
_IMAGE: Final = "esp-miner-factory-{}-{}.bin"
_GAMMA: Final = "\N{GREEK SMALL LETTER GAMMA}"


@dataclass(frozen=True, slots=True)
class Release:
    """One release: its version, its page, what is new, and its files by name."""

    version: str
    url: str | None = None
    notes: str | None = None
    files: Mapping[str, str] = field(default_factory=dict)

    def image_for(self, model: str) -> str | None:
        """Return where the file for a model is, None if there is none."""
        name = model.replace(_GAMMA, "Gamma").replace(" ", "")
        return self.files.get(_IMAGE.format(name, self.version))


class Feed:
    """The latest release of one firmware, as far as it is known."""

    def __init__(self, hass: HomeAssistant, repository: str) -> None:
        """Know nothing; ask in some minutes."""
        self._hass = hass
        self._repository = repository
        self._next_at = monotonic() + FIRST_DELAY
        self._release: Release | None = None

    @callback
    def latest(self) -> Release | None:
        """Return the latest release, and have it asked for if that is due."""
        if monotonic() >= self._next_at:
            self._next_at = monotonic() + RETRY_INTERVAL
            # In a context of its own: it outlives the turn that it is begun in.
            Context().run(
                self._hass.async_create_background_task,
                self.async_ask(),
                f"{DOMAIN} releases of {self._repository}",
            )
        return self._release

    async def async_ask(self) -> None:
        """Ask for the latest release, and keep what was known if nobody tells."""
        session = shared_session(self._hass)
        url = FEED.format(self._repository)
        try:
            async with session.get(url, timeout=ClientTimeout(TIMEOUT)) as answer:
                told = await answer.json() if answer.status == HTTPStatus.OK else None
        except (ClientError, TimeoutError, OSError, ValueError) as err:
            LOGGER.debug("No releases of %s: %s", self._repository, in_short(err))
            return
        if (release := _release(told)) is not None:
            self._release = release
            self._next_at = monotonic() + INTERVAL


_FEEDS: HassKey[dict[str, Feed]] = HassKey(f"{DOMAIN}_axeos_releases")


def has_feed(family: str, version: str | None) -> bool:
    """Tell whether a firmware is one whose releases can be told."""
    return family in REPOSITORIES and bool(_RELEASE.fullmatch(version or ""))


@callback
def feed_of(hass: HomeAssistant, family: str) -> Feed:
    """Return the feed of a family, one for all of its devices."""
    feeds = hass.data.setdefault(_FEEDS, {})
    if family not in feeds:
        feeds[family] = Feed(hass, REPOSITORIES[family])
    return feeds[family]


def firmware_of(
    installed: str, release: Release | None, image: str | None, progress: Any
) -> Firmware:
    """Return what runs, what is the latest, and how far an update has come."""
    running = isinstance(progress, Mapping) and bool(
        progress.get("running") or progress.get("pending")
    )
    percent = progress.get("progress") if running else None
    return Firmware(
        installed=installed,
        latest=release.version if release else None,
        release_url=release.url if release else None,
        release_notes=release.notes if release else None,
        can_install=image is not None,
        is_installing=running,
        progress=percent if isinstance(percent, int) and 0 <= percent <= 100 else None,
    )


def _release(told: object) -> Release | None:
    """Return what a feed told, None if it is no release."""
    if not isinstance(told, Mapping) or not told.get("tag_name"):
        return None
    files = {
        str(row["name"]): str(row["browser_download_url"])
        for row in rows(told.get("assets"))
        if row.get("name") and row.get("browser_download_url")
    }
    return Release(
        version=str(told["tag_name"]),
        url=str(told["html_url"]) if told.get("html_url") else None,
        notes=str(told["body"]) if told.get("body") else None,
        files=files,
    )
