"""One-time passwords as pyotp works them out; nothing else imports it."""

from pyotp import TOTP


def code(secret: str, step: int) -> str:
    """Return the password of a step, six digits, for a secret in Base32 (RFC 6238)."""
    return TOTP(secret).generate_otp(step)
