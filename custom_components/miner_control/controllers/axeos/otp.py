"""One-time passwords, as RFC 6238 has them: six digits, new every 30 seconds."""

import base64
from collections.abc import Callable
from time import monotonic, time
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.util.hass_dict import HassKey

from ...const import DOMAIN
from ..libraries import PYOTP, async_import

_STEP: Final = 30
_CODES: Final = f"{__package__}.totp"
# Five wrong ones within a minute lock a device, so a wrong secret has to wait.
_REFUSED_SECONDS: Final = 300.0


class Login:
    """What a device was given, and what it gave for that.

    It outlives the objects that speak to the device: a password is good once.
    """

    def __init__(self, hass: HomeAssistant, secret: str) -> None:
        """Begin with a secret, be it one or not."""
        self._hass = hass
        self._secret = secret
        self._passwords: OneTimePasswords | None = None
        self._refused_until = 0.0
        self.token: str | None = None

    async def next(self) -> str | None:
        """Return a password that is good now, None if there is none at the moment.

        Raises ValueError if the secret is none, or was refused a while ago, and
        LibraryMissingError if nothing can work passwords out.
        """
        if monotonic() < self._refused_until:
            raise ValueError("the secret was refused")
        if self._passwords is None:
            secret = letters_of(self._secret)
            codes = await async_import(self._hass, PYOTP, _CODES)
            self._passwords = OneTimePasswords(secret, codes.code)
        return None if self._passwords.is_ahead else self._passwords.next()

    def refuse(self) -> None:
        """Take note that the device refused a password."""
        self.token = None
        self._refused_until = monotonic() + _REFUSED_SECONDS


_LOGINS: HassKey[dict[tuple[str, str], Login]] = HassKey(f"{DOMAIN}_axeos_logins")


def login_to(hass: HomeAssistant, host: str, secret: str | None) -> Login | None:
    """Return the login to a device, None if no secret is known."""
    if not secret:
        return None
    logins = hass.data.setdefault(_LOGINS, {})
    return logins.setdefault((host, secret), Login(hass, secret))


class OneTimePasswords:
    """Work out one-time passwords from a secret, and give none away twice."""

    def __init__(self, secret: str, code: Callable[[str, int], str]) -> None:
        """Take a secret in Base32, and what works out the password of a step."""
        self._secret = secret
        self._code = code
        self._last = 0

    def next(self) -> str:
        """Return a password that is good now.

        A device takes each one once, and one that is a step early.
        """
        step = max(int(time()) // _STEP, self._last + 1)
        self._last = step
        return self._code(self._secret, step)

    @property
    def is_ahead(self) -> bool:
        """Tell whether the next one would be too early to be taken."""
        return self._last > int(time()) // _STEP


def letters_of(secret: str) -> str:
    """Return a secret in Base32, without what apps write between its letters.

    Raises ValueError if it is none.
    """
    letters = "".join(secret.split()).replace("-", "").rstrip("=").upper()
    if not letters:
        raise ValueError("there is no secret")
    try:
        base64.b32decode(letters + "=" * (-len(letters) % 8))
    except ValueError as err:
        raise ValueError("the secret is not in Base32") from err
    return letters
