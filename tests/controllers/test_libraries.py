"""Libraries: what is installed and imported, when, and what happens if that fails."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError
import logging
import sys
from threading import Barrier, BrokenBarrierError, Event, Lock
from types import ModuleType

from homeassistant.core import HomeAssistant
from homeassistant.requirements import RequirementsNotFound
import pytest

from custom_components.miner_control.controllers import libraries
from custom_components.miner_control.controllers.errors import (
    LibraryLoadingError,
    LibraryMissingError,
    LibraryProblem,
)
from custom_components.miner_control.controllers.libraries import (
    ASIC_RS,
    LIBRARIES,
    PYASIC,
    Library,
    announcing,
    async_import,
    async_import_soon,
    async_watch,
    failure_of,
    loaded_version,
    report,
)
from custom_components.miner_control.controllers.network.limits import limited

TOY = Library("toy-miners", "toy_miners", "toy-miners==1.0")
MODULE = "toy_miners.whole"


@dataclass
class Machine:
    """What is installed, and what becomes of an attempt to install or import."""

    installed: str | None = None
    on_index: bool = True
    failure: Exception | None = None
    is_open: asyncio.Event = field(default_factory=asyncio.Event)
    installations: int = 0
    imports: int = 0
    module: ModuleType = field(default_factory=lambda: ModuleType(MODULE))

    async def install(self, _: HomeAssistant, name: str, wanted: list[str]) -> None:
        """Install the library as soon as the index answers."""
        self.installations += 1
        await self.is_open.wait()
        assert (name, wanted) == ("miner_control", [TOY.requirement])
        if not self.on_index:
            raise RequirementsNotFound(name, wanted)
        self.installed = "1.0"

    def import_it(self, module: str) -> ModuleType:
        """Import a module that rests on the library."""
        self.imports += 1
        if self.installed is None:
            raise ModuleNotFoundError(
                f"No module named {TOY.package!r}", name=TOY.package
            )
        if self.failure:
            raise self.failure
        assert module == MODULE
        return self.module

    def version(self, name: str) -> str:
        """Return the version that is installed."""
        if self.installed is None:
            raise PackageNotFoundError(name)
        return self.installed


@pytest.fixture
def machine(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Return a machine without the library, and with an index that has it."""
    machine = Machine()
    hass.config.skip_pip = False
    monkeypatch.setattr(libraries, "_IMPORTED", {})
    monkeypatch.setattr(libraries, "_VERSIONS", {})
    monkeypatch.setattr(libraries, "async_process_requirements", machine.install)
    monkeypatch.setattr(libraries, "import_module", machine.import_it)
    monkeypatch.setattr(libraries, "version", machine.version)
    monkeypatch.setattr(
        libraries,
        "is_installed",
        lambda requirement: f"{TOY.name}=={machine.installed}" == requirement,
    )
    return machine


async def until(is_so: Callable[[], bool]) -> None:
    """Wait for something that happens beside the event loop."""
    async with asyncio.timeout(10):
        while not is_so():  # noqa: ASYNC110 - threads tell nobody
            await asyncio.sleep(0)


async def problem_of(hass: HomeAssistant) -> LibraryProblem:
    """Return why the library cannot be used."""
    with pytest.raises(LibraryMissingError) as caught:
        await async_import(hass, TOY, MODULE)
    assert caught.value.library == TOY.name
    return caught.value.problem


async def test_what_is_there_is_not_installed(
    hass: HomeAssistant, machine: Machine
) -> None:
    """It is imported once, when it is needed."""
    machine.installed = "1.0"
    assert loaded_version(TOY) is None
    found = [await async_import(hass, TOY, MODULE) for _ in range(2)]
    found.append(await async_import_soon(hass, TOY, MODULE))
    assert found == [machine.module] * 3
    assert (machine.installations, machine.imports) == (0, 1)
    assert loaded_version(TOY) == "1.0"


async def test_missing_library_is_installed_once_for_all(
    hass: HomeAssistant, machine: Machine
) -> None:
    """Whoever needs it waits for the same installation, and is told of it."""
    told: list[Library] = []
    with announcing(told.append):
        waiting = [
            asyncio.create_task(async_import(hass, TOY, MODULE)) for _ in range(3)
        ]
    await until(lambda: machine.installations == 1)
    await until(lambda: told == [TOY] * 3)
    waiting[0].cancel()
    machine.is_open.set()
    with suppress(asyncio.CancelledError):
        await waiting[0]
    assert await asyncio.gather(*waiting[1:]) == [machine.module] * 2
    assert machine.installations == 1
    assert failure_of(hass, TOY) is None


async def test_set_up_does_not_wait(hass: HomeAssistant, machine: Machine) -> None:
    """A miner is told that its library is being installed, and when that is over."""
    ends: list[bool] = []
    stop = async_watch(hass, TOY, lambda: ends.append(True))
    for _ in range(2):
        with pytest.raises(LibraryLoadingError, match="being installed"):
            await async_import_soon(hass, TOY, MODULE)
    machine.is_open.set()
    await until(lambda: ends == [True])
    assert machine.installations == 1
    await async_import_soon(hass, TOY, MODULE)
    stop()
    libraries._start_installation(hass, TOY)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert ends == [True]


async def test_index_lacks_the_library(
    hass: HomeAssistant, machine: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    """Polls do not try again; a reload or a link does, and may succeed."""
    machine.on_index = False
    machine.is_open.set()
    assert await problem_of(hass) is LibraryProblem.NOT_INSTALLED
    with pytest.raises(LibraryMissingError, match="could not be installed"):
        await async_import_soon(hass, TOY, MODULE)
    assert machine.installations == 1
    assert await problem_of(hass) is LibraryProblem.NOT_INSTALLED
    assert machine.installations == 2
    errors = [r.message for r in caplog.records if r.levelno >= logging.ERROR]
    assert len(errors) == 1
    assert TOY.requirement in errors[0]
    machine.on_index = True
    ends: list[bool] = []
    async_watch(hass, TOY, lambda: ends.append(True))
    await until(lambda: ends == [True])
    await async_import_soon(hass, TOY, MODULE)
    assert failure_of(hass, TOY) is None


async def test_installer_that_breaks_down(
    hass: HomeAssistant, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it raises, the library is one that could not be installed."""

    async def fail(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(libraries, "async_process_requirements", fail)
    assert await problem_of(hass) is LibraryProblem.NOT_INSTALLED
    failure = failure_of(hass, TOY)
    assert failure is not None
    assert failure.detail == "OSError: no space left"


@pytest.mark.parametrize(
    "failure",
    [
        ImportError("cannot import name 'AsyncClient' from 'httpx'"),
        ModuleNotFoundError("No module named 'betterproto'", name="betterproto"),
        RuntimeError("\n  of   many\nlines"),
        TypeError("x" * 1000),
    ],
)
async def test_library_that_cannot_be_imported(
    hass: HomeAssistant, machine: Machine, failure: Exception
) -> None:
    """It is not tried again: it has left parts of itself behind."""
    machine.installed = "1.0"
    machine.failure = failure
    assert await problem_of(hass) is LibraryProblem.BROKEN
    assert await problem_of(hass) is LibraryProblem.BROKEN
    with pytest.raises(LibraryMissingError) as caught:
        await async_import_soon(hass, TOY, MODULE)
    assert caught.value.detail.startswith(type(failure).__name__)
    assert len(caught.value.detail) <= 300
    assert "\n" not in caught.value.detail
    assert (machine.imports, machine.installations) == (1, 0)
    assert loaded_version(TOY) is None


async def test_other_version_is_in_use(
    hass: HomeAssistant, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is installed under the feet of the integration that uses it."""
    machine.installed = "0.9"
    monkeypatch.setitem(sys.modules, TOY.package, ModuleType(TOY.package))
    assert await problem_of(hass) is LibraryProblem.OTHER_VERSION
    with pytest.raises(LibraryMissingError, match=r"uses version 0\.9"):
        await async_import_soon(hass, TOY, MODULE)
    assert machine.installations == 0


async def test_other_version_that_nobody_uses_is_replaced(
    hass: HomeAssistant, machine: Machine
) -> None:
    """As Home Assistant does for any integration."""
    machine.installed = "0.9"
    machine.is_open.set()
    await async_import(hass, TOY, MODULE)
    assert machine.installed == "1.0"


@pytest.mark.parametrize(
    ("installed", "problem"),
    [(None, LibraryProblem.NOT_INSTALLED), ("0.9", None), ("1.0", None)],
)
async def test_home_assistant_that_installs_nothing(
    hass: HomeAssistant,
    machine: Machine,
    installed: str | None,
    problem: LibraryProblem | None,
) -> None:
    """With `--skip-pip` it takes what there is."""
    hass.config.skip_pip = True
    machine.installed = installed
    if problem is None:
        await async_import_soon(hass, TOY, MODULE)
    else:
        assert await problem_of(hass) is problem
        async_watch(hass, TOY, lambda: None)
        await hass.async_block_till_done(wait_background_tasks=True)
    assert machine.installations == 0


async def test_module_that_is_half_imported_is_waited_for(
    hass: HomeAssistant, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another miner, or Home Assistant itself, may have begun to import it."""
    machine.installed = "1.0"
    half = ModuleType(MODULE)
    monkeypatch.setitem(sys.modules, MODULE, half)
    is_whole = Event()

    def import_it(asked: str) -> ModuleType:
        """Wait for the other one, as Python does."""
        assert asked == MODULE
        assert is_whole.wait(10)
        return half

    monkeypatch.setattr(libraries, "import_module", import_it)
    tasks = [asyncio.create_task(async_import(hass, TOY, MODULE)) for _ in range(3)]
    await asyncio.sleep(0.05)
    assert not any(task.done() for task in tasks)
    is_whole.set()
    assert await asyncio.gather(*tasks) == [half] * 3
    assert await async_import(hass, TOY, MODULE) is half


async def test_two_libraries_at_once(
    hass: HomeAssistant, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Python knows of folders is thrown away by nobody else meanwhile."""
    lists, together = Lock(), Barrier(2, timeout=0.2)

    def forget() -> None:
        """Fail as Python does where two threads are here."""
        assert lists.acquire(blocking=False)
        with suppress(BrokenBarrierError):
            together.wait()
        lists.release()

    monkeypatch.setattr(libraries, "invalidate_caches", forget)
    machine.installed = "1.0"
    assert await async_import(hass, TOY, MODULE) is machine.module
    machine.installed = None
    machine.is_open.set()
    monkeypatch.setattr(libraries, "is_installed", lambda _: True)
    found = await asyncio.gather(
        *(async_import(hass, TOY, f"{MODULE}.{name}") for name in "ab"),
        return_exceptions=True,
    )
    problems = [err.problem for err in found if isinstance(err, LibraryMissingError)]
    assert problems == [LibraryProblem.NOT_INSTALLED] * 2


async def test_report(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is pinned, in use, going on and wrong is told of each library."""
    monkeypatch.setattr(libraries, "_VERSIONS", {PYASIC: "0.79.0"})
    nothing = {"installing": False, "problem": None, "detail": None}
    found = report(hass)
    assert found.keys() == {library.name for library in LIBRARIES}
    assert found["pyasic"] == {
        "requirement": PYASIC.requirement,
        "version": "0.79.0",
        **nothing,
    }
    libraries._note(hass, ASIC_RS, LibraryProblem.BROKEN, "a reason")
    assert report(hass)["pyasic-rs"] == {
        "requirement": ASIC_RS.requirement,
        "version": None,
        "installing": False,
        "problem": "library_broken",
        "detail": "a reason",
    }


async def test_installation_outlives_the_call_that_needed_it(
    hass: HomeAssistant, machine: Machine
) -> None:
    """Limits on calls to a device end what these calls began, but not this."""
    async with limited("192.0.2.1", 10):
        with suppress(LibraryLoadingError):
            await async_import_soon(hass, TOY, MODULE)
    machine.is_open.set()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert machine.installed == "1.0"
