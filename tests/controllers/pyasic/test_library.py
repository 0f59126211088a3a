"""The library: its import leaves no marks, and its absence breaks nothing else."""

import json
import logging
from pathlib import Path
import subprocess
import sys
from textwrap import dedent

import pytest

from custom_components.miner_control.controllers.libraries import PYASIC
from custom_components.miner_control.controllers.pyasic import library
from emulation.network import RPC_PORT
from tests.emulation.support import new_address, skip_unless_ports_free

from .bench import KINDS

ROOT = Path(__file__).parents[3]


def python(code: str) -> str:
    """Run code in an interpreter that has imported nothing yet."""
    done = subprocess.run(  # noqa: S603 - it is our own code
        [sys.executable, "-c", dedent(code)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def imported() -> dict[str, object]:
    """Return what an interpreter is like after the import."""
    told = python("""
        import json, logging, sys
        root = logging.getLogger()
        root.setLevel(logging.INFO)
        handler = logging.NullHandler()
        root.addHandler(handler)
        from custom_components.miner_control.controllers.pyasic import library
        loud = [
            name
            for name, module in sys.modules.items()
            if name.startswith("pyasic.")
            and name != "pyasic.logger"
            and (
                getattr(module, "logging", None) is logging
                or getattr(module, "logger", None) is root
            )
        ]
        own = sys.modules["pyasic.rpc.base"].logging
        print(json.dumps({
            "level": root.level,
            "same handlers": root.handlers == [handler],
            "filters": root.filters,
            "loud": loud,
            "own name": own.name,
            "own errors": own.isEnabledFor(logging.ERROR),
        }))
    """)
    found: dict[str, object] = json.loads(told)
    return found


def test_import_leaves_the_root_logger_alone(imported: dict[str, object]) -> None:
    """Level, handlers and filters are those from before."""
    assert imported["level"] == logging.INFO
    assert imported["same handlers"] is True
    assert imported["filters"] == []


def test_library_does_not_log_to_the_root_logger(imported: dict[str, object]) -> None:
    """Its words stand under its own name, and nobody hears them who did not ask."""
    assert imported["loud"] == []
    assert imported["own name"] == "pyasic.rpc.base"
    assert imported["own errors"] is False


def test_level_that_somebody_chose_is_kept() -> None:
    """Who turned the library's log on before it was imported wants to see it."""
    told = python("""
        import logging
        logging.getLogger("pyasic").setLevel(logging.DEBUG)
        from custom_components.miner_control.controllers.pyasic import library
        print(logging.getLogger("pyasic.rpc.base").isEnabledFor(logging.DEBUG))
    """)
    assert told.strip() == "True"


@pytest.mark.parametrize(
    "breakage",
    [
        "sys.modules['pyasic'] = None",
        "sys.modules['pyasic.miners.factory'] = None",
        "sys.modules['betterproto'] = None",
    ],
)
def test_broken_library_breaks_nothing_else(breakage: str) -> None:
    """The rest works; only what needs the library says that it is missing."""
    host = new_address()
    told = python(f"""
        import asyncio, logging, sys
        logging.getLogger().setLevel(logging.INFO)
        {breakage}
        from custom_components.miner_control import controllers
        from custom_components.miner_control.controllers import simulated
        from custom_components.miner_control.controllers.base import (
            Capabilities, ControllerConfig,
        )
        from custom_components.miner_control.controllers.errors import (
            LibraryMissingError,
        )
        from tests.controllers.support import NO_HASS, capabilities_at
        import custom_components.miner_control.config_flow
        import custom_components.miner_control.sensor

        def config(capabilities, **data):
            return ControllerConfig(
                controller_id="c", title="C", data=data, capabilities=capabilities
            )

        async def missing(work):
            try:
                await work
            except LibraryMissingError as err:
                return type(err).__name__

        async def main():
            known = Capabilities(
                features=frozenset({{"hashrate_monitoring"}}), library_class="BitAxe"
            )
            network = controllers.create_controller(
                NO_HASS, "network",
                config(known, host="{host}", protocol="pyasic"),
            )
            other = controllers.create_controller(
                NO_HASS, "simulated", config(simulated.capabilities())
            )
            # The library is not asked for where nothing listens.
            async with await asyncio.start_server(
                lambda _, writer: writer.close(), "{host}", {RPC_PORT}
            ):
                print(await missing(capabilities_at("{host}")))
            print(await missing(network.async_refresh(network.features)))
            print(await missing(network.stop_mining()))
            snapshot = await other.async_refresh(other.features)
            print(snapshot.hashrate is not None)
            print(logging.getLogger().level == logging.INFO)

        asyncio.run(main())
    """)
    assert told.split() == [*(["LibraryMissingError"] * 3), "True", "True"]


def test_version() -> None:
    """The version is the one that is pinned."""
    assert PYASIC.requirement == f"{PYASIC.name}=={library.VERSION}"


def test_foreign_handlers_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only handlers that came with the import go with it."""
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    added = logging.NullHandler()
    root.addHandler(added)
    root.setLevel(logging.CRITICAL)
    library._restore_root_logger(level, handlers)
    assert (root.level, root.handlers) == (level, handlers)


def test_nothing_blocks_the_event_loop() -> None:
    """Neither files nor imports wait until a device is asked or told something."""
    for kind in KINDS:
        skip_unless_ports_free(kind)
    addresses = [new_address() for _ in KINDS]
    told = python(f"""
        import asyncio, logging, sys
        from homeassistant import block_async_io
        from tests.controllers.pyasic.bench import KINDS, link

        async def work(kind, address):
            async with kind(address, time_scale=100) as device:
                bench = await link(device)
                await bench.refresh()
                await bench.controller.stop_mining()
                await bench.controller.start_mining()

        async def main():
            block_async_io.enable()
            for kind, address in zip(KINDS, {addresses}, strict=True):
                await work(kind, address)

        logging.basicConfig(stream=sys.stdout, level=logging.WARNING)
        asyncio.run(main())
    """)
    assert told == ""
