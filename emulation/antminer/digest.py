"""HTTP digest authentication, the server's side."""

from collections.abc import Mapping
import hashlib
import re
import secrets

from emulation.transport import HttpRequest, Reply

_FIELD = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,]+))')


class DigestGuard:
    """Let in requests that know the user's password."""

    def __init__(self, realm: str, user: str) -> None:
        """Guard a realm for one user."""
        self._realm = realm
        self._user = user
        self._nonce = secrets.token_hex(16)

    def admits(self, request: HttpRequest, password: str) -> bool:
        """Tell whether a request proves that it knows the password."""
        scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "digest":
            return False
        given = {key: plain or bare for key, plain, bare in _FIELD.findall(rest)}
        if given.get("nonce") != self._nonce or given.get("username") != self._user:
            return False
        expected = self._response(request.method, password, given)
        return secrets.compare_digest(expected, given.get("response", ""))

    def challenge(self) -> Reply:
        """Return the answer that asks for the proof."""
        header = (
            f'Digest realm="{self._realm}", nonce="{self._nonce}", '
            'algorithm=MD5, qop="auth"'
        )
        return Reply(
            "<html><head><title>401 Unauthorized</title></head></html>",
            401,
            {"WWW-Authenticate": header},
        )

    def _response(self, method: str, password: str, given: Mapping[str, str]) -> str:
        owner = _md5(f"{self._user}:{self._realm}:{password}")
        target = _md5(f"{method}:{given.get('uri', '')}")
        middle = ":".join(
            given.get(key, "") for key in ("nonce", "nc", "cnonce", "qop")
        )
        return _md5(f"{owner}:{middle}:{target}")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
