"""See whether the integration works with one release: names, types, demonstration."""

import asyncio
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
import json
import os
from pathlib import Path
import re
import sys

from tools.home.ports import free_port

from .paths import LIBRARY, ROOT

INTEGRATION = Path("custom_components") / "miner_control"
_PROBE = LIBRARY / "releases" / "probe.py"
# A variable of the caller's would lead an interpreter to other packages.
_FOREIGN = ("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV")
# The demonstration has limits of its own for all that it waits for.
_LONGEST = 1200.0
_GRACE = 60.0
# What mypy says of a name that a module or an object lacks, and of a module that is
# not there.
_GONE = (
    re.compile(r'Module "(?P<source>[\w.]+)" has no attribute "(?P<name>\w+)"'),
    re.compile(r'^"(?:type\[)?(?P<source>[\w.]+)\]?" has no attribute "(?P<name>\w+)"'),
    re.compile(r'^(?P<source>Module) has no attribute "(?P<name>\w+)"'),
    re.compile(r'module named "(?P<source>homeassistant\b[\w.]*)\.(?P<name>\w+)"'),
)
_ERROR = re.compile(r"(?P<place>\S+?:\d+): error: (?P<message>.*)")

type Places = Mapping[str, Sequence[str]]


@dataclass
class Findings:
    """What was seen with one release."""

    seen: list[str] = field(default_factory=list)
    """What went well, in the order of the steps."""
    gone: dict[str, list[str]] = field(default_factory=dict)
    """Names of Home Assistant that are not there any more, with who uses them."""
    wrong: list[str] = field(default_factory=list)
    """What else went wrong."""

    @property
    def is_good(self) -> bool:
        """Tell whether nothing went wrong."""
        return not (self.gone or self.wrong)

    def miss(self, name: str, places: Iterable[str]) -> None:
        """Note a name that is gone, and the places that use it."""
        known = self.gone.setdefault(name, [])
        known += [place for place in places if place not in known]


@dataclass(frozen=True)
class Done:
    """A program that has ended."""

    code: int
    output: str

    def keep(self, log: Path) -> None:
        """Write down what it printed."""
        log.write_text(self.output, encoding="utf-8")


async def see_names(root: Path, python: Path, findings: Findings) -> None:
    """Import every module of the integration under a release.

    `root` holds the integration, `python` runs Home Assistant and has the libraries.
    """
    done = await _run([python, _PROBE, root, INTEGRATION], root)
    try:
        probed = json.loads(done.output.splitlines()[-1])
    except IndexError, ValueError:
        findings.wrong.append(f"cannot import anything: {_last(done.output)}")
        return
    for name, places in probed["gone"].items():
        findings.miss(name, places)
    for module, reason in _roots(probed["failures"]).items():
        if not any(name.rpartition(".")[2] in reason for name in findings.gone):
            findings.wrong.append(f"cannot import {module}: {reason}")
    if findings.is_good:
        findings.seen.append(f"{probed['modules']} modules")


def _roots(failures: Mapping[str, str]) -> dict[str, str]:
    """Return one module for each reason: one that fails takes others with it."""
    first: dict[str, str] = {}
    for module, reason in failures.items():
        first.setdefault(reason, module)
    return {module: reason for reason, module in first.items()}


async def see_types(root: Path, python: Path, log: Path, findings: Findings) -> None:
    """Check the integration's types against those of a release."""
    done = await _run(
        [
            *(sys.executable, "-m", "mypy", "--python-executable", python),
            *("--config-file", ROOT / "pyproject.toml", "--no-pretty"),
            *("--cache-dir", log.with_name("types"), "--no-error-summary"),
            INTEGRATION.parent,
        ],
        root,
    )
    done.keep(log)
    if done.code == 0:
        findings.seen.append("types")
        return
    errors = [
        found for line in done.output.splitlines() if (found := _ERROR.match(line))
    ]
    others = [one[0] for one in errors if not _is_gone(findings, **one.groupdict())]
    if others and not findings.gone:
        # What follows from a name that is gone stands in the log.
        count = f"{len(others)} errors in types, see {_shown(log)}"
        findings.wrong.append(f"{count}: {others[0]}")
    elif not errors:
        findings.wrong.append(f"cannot check types: {_last(done.output)}")


def _is_gone(findings: Findings, place: str, message: str) -> bool:
    """Note a name that mypy does not find; tell whether a message is about one."""
    found = next(filter(None, (pattern.search(message) for pattern in _GONE)), None)
    if found is None:
        return False
    name = found["name"]
    known = any(
        one.endswith(f".{name}") and place in places
        for one, places in findings.gone.items()
    )
    if not known:
        findings.miss(f"{found['source']}.{name}", [place])
    return True


async def see_demo(venv: Path, log: Path, findings: Findings) -> None:
    """Let the demonstration check itself with a release."""
    done = await _run(
        [
            *(sys.executable, "-m", "demo", "--check"),
            *("--port", str(free_port()), "--environment", venv),
        ],
        ROOT,
    )
    done.keep(log)
    lines = done.output.splitlines()
    passed = sum(line.startswith("PASS  ") for line in lines)
    failed = [line.removeprefix("FAIL  ") for line in lines if line.startswith("FAIL ")]
    if done.code == 0:
        findings.seen.append(f"demo {passed} of {passed}")
        return
    reason = failed[0] if failed else _last(done.output)
    findings.wrong.append(
        f"demo {passed} of {passed + len(failed)}, see {_shown(log)}: {reason}"
    )


async def _run(command: Sequence[str | Path], folder: Path) -> Done:
    """Run a program to its end, in the time that it may take."""
    environment = {
        name: value for name, value in os.environ.items() if name not in _FOREIGN
    }
    child = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=PIPE,
        stderr=STDOUT,
    )
    try:
        async with asyncio.timeout(_LONGEST):
            output, _ = await child.communicate()
    except TimeoutError:
        return Done(1, f"not done after {_LONGEST:.0f} s")
    finally:
        await _end(child)
    return Done(child.returncode or 0, output.decode(errors="replace"))


async def _end(child: asyncio.subprocess.Process) -> None:
    """Have a program tidy up and end, whatever ended the wait for it."""
    if child.returncode is None:
        child.terminate()
        try:
            await asyncio.wait_for(child.wait(), _GRACE)
        except TimeoutError:
            child.kill()


def _last(output: str) -> str:
    """Return the last line of an output that says something."""
    said = [line.strip() for line in output.splitlines() if line.strip()]
    return said[-1] if said else "no output"


def _shown(file: Path) -> str:
    """Return the path of a file, for people."""
    return str(file.relative_to(ROOT) if file.is_relative_to(ROOT) else file)
