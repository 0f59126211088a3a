"""One-time passwords as NerdOS asks for them.

From `main/otp/otp.cpp` and `main/http_server/http_utils.cpp` of NerdOS 1.0.38-alpha9:
six digits of RFC 6238 with SHA-1 and 30 s, one step early or late, each good once;
five wrong ones within a minute block every one for five minutes.
"""

import base64
from collections import deque
from collections.abc import Mapping
import hashlib
import hmac
import secrets
import time

from ..clock import Clock
from ..transport import Reply

_STEP = 30
_TRIES = 5
_WINDOW = 60.0
_BLOCK = 300.0
_SESSION = 86_400.0

WANTED = Reply("OTP/Session required", 401)
BLOCKED = Reply("blocked for 5 minutes", 401)


def code_at(secret: str, step: int) -> str:
    """Return the six digits of a step of 30 seconds since 1970."""
    key = base64.b32decode(secret.upper() + "=" * (-len(secret) % 8))
    digest = hmac.new(key, step.to_bytes(8, "big"), hashlib.sha1).digest()
    offset = digest[-1] & 15
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"


class Lock:
    """Let through who knows the one-time password, or has a session."""

    def __init__(self, clock: Clock, secret: str) -> None:
        """Lock with a secret in Base32."""
        self.secret = secret
        self.tries = 0
        self._clock = clock
        self._sessions: dict[str, float] = {}
        self._failures: deque[float] = deque(maxlen=_TRIES)
        self._blocked_until = 0.0
        self._used: set[int] = set()

    def refusal(
        self, headers: Mapping[str, str], *, only_code: bool = False
    ) -> Reply | None:
        """Return why a request is refused, None if it is let through."""
        now = self._clock.now()
        if now < self._blocked_until:
            return BLOCKED
        session = headers.get("X-OTP-Session", "")
        if not only_code and self._sessions.get(session, -1.0) > now:
            return None
        if self._is_good(headers.get("X-TOTP", "")):
            return None
        self.tries += 1
        self._failures.append(now)
        if len(self._failures) == _TRIES and now - self._failures[0] < _WINDOW:
            self._blocked_until = now + _BLOCK
            self._failures.clear()
        return WANTED

    def open_session(self, headers: Mapping[str, str]) -> Reply:
        """Return a token that is good for a day, for a one-time password."""
        if refusal := self.refusal(headers, only_code=True):
            return refusal
        token = secrets.token_hex(32)
        self._sessions[token] = self._clock.now() + _SESSION
        return Reply({"token": token, "ttlMs": int(_SESSION * 1000)})

    def end_sessions(self) -> None:
        """Forget all sessions, as a restart does."""
        self._sessions.clear()

    def _is_good(self, code: str) -> bool:
        """Tell whether a code is right, and was not used before."""
        step = int(time.time()) // _STEP
        for candidate in (step - 1, step, step + 1):
            if code == code_at(self.secret, candidate) and candidate not in self._used:
                self._used.add(candidate)
                return True
        return False
