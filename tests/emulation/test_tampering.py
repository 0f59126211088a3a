"""Somebody puts other answers in the place of a device's own."""

from typing import Any

from emulation import EmulatedBitaxe, EmulatedWhatsminer

from .conftest import Runner
from .support import ask, ask_raw
from .test_plug import call


async def test_rpc(run: Runner) -> None:
    """An answer is changed before it is encoded, or sent as it is."""
    device = await run(EmulatedWhatsminer)
    asked: list[str] = []

    def tamper(name: str, content: Any) -> Any:
        """Remember what was asked, and add something."""
        asked.append(name)
        return content | {"extra": 1}

    device.tamper = tamper
    assert (await ask(device.address, "summary"))["extra"] == 1
    assert asked == ["rpc:summary"]
    device.tamper = lambda *_: b"\xff"
    assert await ask_raw(device.address, '{"cmd": "summary"}') == b"\xff"
    device.tamper = None
    assert "extra" not in await ask(device.address, "summary")


async def test_http(run: Runner) -> None:
    """So is the content of a reply."""
    device = await run(EmulatedBitaxe)
    url = f"http://{device.address}/api/system/info"
    device.tamper = lambda name, content: {"asked": name, "power": content["power"]}
    _, told = await call("GET", url)
    assert told["asked"] == "GET /api/system/info"
    assert told["power"] > 0
    device.tamper = None
    _, told = await call("GET", url)
    assert "asked" not in told
