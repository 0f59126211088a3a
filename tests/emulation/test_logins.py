"""Logins: the digest of the Antminer and the encryption of the Whatsminer."""

import hashlib
import json
import random
import string
from typing import Any

import aiohttp
import httpx
from pyasic.rpc.btminer import (
    TokenData,
    _crypt as reference,
    create_privileged_cmd,
    parse_btminer_priviledge_data,
)
import pytest

from emulation import EmulatedAntminer, EmulatedWhatsminer, Fault
from emulation.whatsminer.crypto import CommandCipher, md5_crypt

from .support import ask, ask_raw, parse

PAGE = "/cgi-bin/get_system_info.cgi"


async def fetch(device: EmulatedAntminer, auth: httpx.Auth | None) -> httpx.Response:
    """Get a page of the web interface."""
    async with httpx.AsyncClient() as client:
        return await client.get(
            f"http://{device.address}{PAGE}", auth=auth or httpx.Auth()
        )


async def test_digest_admits_the_right_password(antminer: EmulatedAntminer) -> None:
    """The library's client gets in."""
    reply = await fetch(antminer, httpx.DigestAuth("root", "root"))
    assert reply.status_code == 200
    assert reply.json()["minertype"] == "Antminer S19 Pro"


async def test_digest_of_another_client(antminer: EmulatedAntminer) -> None:
    """Another client's digest is as good."""
    digest = aiohttp.DigestAuthMiddleware("root", "root")
    async with aiohttp.ClientSession(middlewares=(digest,)) as session:
        reply = await session.get(f"http://{antminer.address}{PAGE}")
        assert reply.status == 200


@pytest.mark.parametrize(
    "auth",
    [
        httpx.DigestAuth("root", "wrong"),
        httpx.DigestAuth("admin", "root"),
        httpx.BasicAuth("root", "root"),
        None,
    ],
    ids=["password", "user", "basic", "none"],
)
async def test_digest_turns_others_away(
    auth: httpx.Auth | None, antminer: EmulatedAntminer
) -> None:
    """Any other proof is answered with a challenge."""
    reply = await fetch(antminer, auth)
    assert reply.status_code == 401
    assert 'realm="antMiner' in reply.headers["www-authenticate"]


async def test_digest_rejects_all_under_the_fault(antminer: EmulatedAntminer) -> None:
    """The right password is refused under the fault."""
    antminer.fault = Fault.REJECT_LOGIN
    reply = await fetch(antminer, httpx.DigestAuth("root", "root"))
    assert reply.status_code == 401


async def test_digest_rejects_a_forged_nonce(antminer: EmulatedAntminer) -> None:
    """A nonce that was not given is refused."""
    header = (
        'Digest username="root", realm="antMiner Configuration", nonce="0", '
        f'uri="{PAGE}", response="0", qop=auth, nc=00000001, cnonce="0"'
    )
    async with httpx.AsyncClient() as client:
        reply = await client.get(
            f"http://{antminer.address}{PAGE}", headers={"Authorization": header}
        )
    assert reply.status_code == 401


@pytest.mark.parametrize("length", [0, 1, 5, 15, 16, 17, 33])
def test_md5_crypt_agrees_with_another(length: int) -> None:
    """The client makes the same hash."""
    letters = string.ascii_letters + string.digits
    chance = random.Random(length)  # noqa: S311 - the same words each time
    word = "".join(chance.choices(letters, k=length))
    salt = "".join(chance.choices(letters, k=8))
    assert reference(word, f"$1${salt}$").split("$")[3] == md5_crypt(word, salt)


def test_cipher_agrees_with_the_client() -> None:
    """Client and device understand each other both ways."""
    token = TokenData(host_sign="sign", host_passwd_md5="hash")
    cipher = CommandCipher("hash")
    packet = json.loads(create_privileged_cmd(token, {"cmd": "power_off"}))
    assert cipher.decrypt(packet["data"]) == {"cmd": "power_off", "token": "sign"}
    answer = {"enc": cipher.encrypt({"Msg": "API command OK"})}
    assert parse_btminer_priviledge_data(token, answer) == {"Msg": "API command OK"}


def test_cipher_refuses_what_another_key_made() -> None:
    """A wrong key makes no sense of a command."""
    text = CommandCipher("one").encrypt({"cmd": "power_off"})
    with pytest.raises(ValueError, match=r".+"):
        CommandCipher("two").decrypt(text)


async def command(device: EmulatedWhatsminer, sign: str | None = None) -> Any:
    """Send `power_off` with a token, right unless another one is given."""
    given = (await ask(device.address, "get_token"))["Msg"]
    key = md5_crypt(device.password, given["salt"])
    token = sign or md5_crypt(key + given["time"], given["newsalt"])
    packet = create_privileged_cmd(
        TokenData(host_sign=token, host_passwd_md5=key), {"cmd": "power_off"}
    )
    return parse(await ask_raw(device.address, packet.decode()))


async def test_token_admits_a_command(whatsminer: EmulatedWhatsminer) -> None:
    """A fresh token is good for a command."""
    assert set(await command(whatsminer)) == {"enc"}
    assert whatsminer.paused


async def test_forged_token_is_refused(whatsminer: EmulatedWhatsminer) -> None:
    """A token that was not given is refused."""
    forged = hashlib.sha256(b"forged").hexdigest()[:22]
    assert (await command(whatsminer, forged))["Msg"] == "check token err"
    assert not whatsminer.paused
    assert whatsminer.commands == []
