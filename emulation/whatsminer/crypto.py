"""The cryptography of the Whatsminer's privileged commands."""

import base64
import hashlib
import json
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_ALPHABET = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ROUNDS = 1000
_BLOCK = 16
# The order in which the last digest's bytes are written, three by three.
_TRIPLES = ((0, 6, 12), (1, 7, 13), (2, 8, 14), (3, 9, 15), (4, 10, 5))


def md5_crypt(word: str, salt: str) -> str:
    """Return the hash part of `$1$salt$hash`, as crypt(3) makes it."""
    secret, seasoning = word.encode(), salt.encode()
    digest = _first_digest(secret, seasoning)
    for turn in range(_ROUNDS):
        mix = secret if turn % 2 else digest
        mix += seasoning if turn % 3 else b""
        mix += secret if turn % 7 else b""
        mix += digest if turn % 2 else secret
        digest = _md5(mix)
    return _encode(digest)


def _first_digest(secret: bytes, seasoning: bytes) -> bytes:
    alternate = _md5(secret + seasoning + secret)
    start = secret + b"$1$" + seasoning
    start += (alternate * (len(secret) // _BLOCK + 1))[: len(secret)]
    length = len(secret)
    while length:
        start += b"\0" if length & 1 else secret[:1]
        length >>= 1
    return _md5(start)


def _encode(digest: bytes) -> str:
    text = "".join(
        _letters(digest[high] << 16 | digest[middle] << 8 | digest[low], 4)
        for high, middle, low in _TRIPLES
    )
    return text + _letters(digest[11], 2)


def _letters(number: int, count: int) -> str:
    return "".join(_ALPHABET[number >> 6 * place & 63] for place in range(count))


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


class CommandCipher:
    """Encrypt and decrypt JSON with a key that is made of a password's hash."""

    def __init__(self, password_hash: str) -> None:
        """Derive the key."""
        key = hashlib.sha256(password_hash.encode()).digest()
        self._cipher = Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305

    def encrypt(self, content: dict[str, Any]) -> str:
        """Return a JSON object as encrypted text."""
        plain = json.dumps(content).encode()
        padded = plain + b"\0" * (-len(plain) % _BLOCK)
        encryptor = self._cipher.encryptor()
        return base64.b64encode(encryptor.update(padded)).decode()

    def decrypt(self, text: str) -> dict[str, Any]:
        """Return the JSON object in an encrypted text; ValueError if it has none."""
        decryptor = self._cipher.decryptor()
        plain = decryptor.update(base64.b64decode(text)).rstrip(b"\0")
        content: dict[str, Any] = json.loads(plain)
        return content
