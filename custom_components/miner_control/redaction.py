"""Take out of a report what is nobody's business."""

from collections.abc import Iterable, Mapping
import re
from typing import Any, Final

from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_USERNAME

from .const import CONF_OTP_SECRET

# As Home Assistant's own diagnostics write it.
REDACTED: Final = "**REDACTED**"

# Whatever is stored or read under one of these names.
SECRET_KEYS: Final = frozenset(
    {
        "active_pool",
        CONF_HOST,
        "hostname",
        "mac",
        CONF_OTP_SECRET,
        CONF_PASSWORD,
        "serial",
        "unique_id",
        CONF_USERNAME,
    }
)

# What gives somebody away wherever it stands: who one is to a pool, where one is,
# which device one has, and where one wants to be paid.
_TELLTALES: Final = re.compile(
    r"""
    \b[a-z][a-z0-9+.-]*://\S+                               # an address of a service
    | \S+@\S+                                               # a user at a host
    | \b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b                 # a MAC address
    | \b\d{1,3}(?:\.\d{1,3}){3}\b(?::\d+)?                  # an IPv4 address
    | (?<![\w:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])  # an IPv6 address
    | \b(?:bc1|ltc1|tb1)[a-z0-9]{11,}\b                     # a wallet, and another
    | \b(?=[a-z0-9]*\d)[a-z0-9]{26,}(?:\.[\w-]+)?\b         # kind, with its worker
    | \b[\w-]+(?:\.[\w-]+)*\.(?:local|lan|home|internal|fritz\.box)\b  # a host
    """,
    re.IGNORECASE | re.VERBOSE,
)


class Redactor:
    """Replace secrets wherever they stand, as values and in sentences."""

    def __init__(self, secrets: Iterable[str], kept: Iterable[str] = ()) -> None:
        """Take words as secrets, in whatever way they are written.

        Those in `kept` look like secrets, but are none.
        """
        self._kept = frozenset(kept)
        words = {way for secret in secrets for way in _ways_to_write(secret)}
        ordered = sorted(words, key=len, reverse=True)
        self._words = re.compile(
            "|".join(map(re.escape, ordered)) or r"(?!)", re.IGNORECASE
        )

    def redact(self, value: Any) -> Any:
        """Return a value of JSON without secrets; names in it are our own words."""
        if isinstance(value, Mapping):
            return {key: self._named(str(key), item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.redact(item) for item in value]
        return self._text(value) if isinstance(value, str) else value

    def _named(self, key: str, value: Any) -> Any:
        """Return what stands under a name, unless the name says that it is secret."""
        if key in SECRET_KEYS and value not in (None, ""):
            return REDACTED
        return self.redact(value)

    def _text(self, text: str) -> str:
        """Return a text without secrets."""
        if text in self._kept:
            return text
        return _TELLTALES.sub(REDACTED, self._words.sub(REDACTED, text))


def secrets_in(value: Any, *, is_secret: bool = False) -> set[str]:
    """Return the texts that stand under a secret name, however deep."""
    if isinstance(value, Mapping):
        found = (
            secrets_in(item, is_secret=str(key) in SECRET_KEYS)
            for key, item in value.items()
        )
        return set().union(*found)
    if isinstance(value, list | tuple):
        return set().union(*(secrets_in(item, is_secret=is_secret) for item in value))
    return {value} if is_secret and isinstance(value, str) and value else set()


def _ways_to_write(secret: str) -> set[str]:
    """Return a secret as it may stand in texts; too short ones would hit anything."""
    bare = re.sub(r"[:.-]", "", secret)
    parts = {part for part in re.split(r"[/@]+", secret) if len(part) > 6}
    ways = {secret, bare, "-".join(secret.split(":"))} | parts
    return {way for way in ways if len(way) > 2}
