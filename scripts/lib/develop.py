"""Run Home Assistant with the integration as it stands in this checkout.

It runs on packages of its own, over those of the demonstration's environment, so that
what it installs is in nobody else's way.
"""

import argparse
from collections.abc import Sequence
import json
import os
from pathlib import Path
import shutil
import sys
from typing import Any, NoReturn

from tools.home.configuration import web_server
from tools.home.errors import HomeError
from tools.home.home import Home, make_packages
from tools.home.home_assistant import environment
from tools.home.paths import INTEGRATION, ROOT
from tools.home.ports import LOOPBACK, is_free, port_number

CONFIG = ROOT / "config"
HOME = Home(ROOT / ".cache" / "develop")
CONFIGURATION = Path(__file__).with_name("configuration.yaml")
DEFAULT_PORT = 8123
_STAMP = "setup-stamp"
_ANY_HOST = ("0.0.0.0", "::")  # noqa: S104 - read, not listened on

type Json = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Become Home Assistant; return an exit code only where that cannot be."""
    parser = argparse.ArgumentParser(prog="scripts/develop", description=__doc__)
    parser.add_argument("--port", type=port_number)
    options, more = parser.parse_known_args(arguments)
    try:
        address = prepare(CONFIG, options.port)
        refresh_packages(HOME)
    except HomeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"==> Home Assistant: {address}, its state in {CONFIG.name}", file=sys.stderr)
    return become_home_assistant(more)


def become_home_assistant(arguments: Sequence[str]) -> NoReturn:
    """Run Home Assistant in the place of this program."""
    python, config = map(str, (HOME.python, CONFIG))
    command = [python, "-m", "homeassistant", "--config", config, *arguments]
    os.chdir(config)
    os.execve(python, command, environment(HOME))  # noqa: S606 - as it is


def prepare(config: Path, port: int | None) -> str:
    """Write what a new instance needs, and return the address of the instance.

    An existing one keeps its settings, but the port if another is asked for. Raises
    HomeError where the port is not free.
    """
    (config / ".storage").mkdir(parents=True, exist_ok=True)
    (config / INTEGRATION.parent).mkdir(exist_ok=True)
    link = config / INTEGRATION
    link.unlink(missing_ok=True)
    link.symlink_to(ROOT / INTEGRATION)
    if not (config / CONFIGURATION.name).exists():
        shutil.copyfile(CONFIGURATION, config / CONFIGURATION.name)
    return _serve(config / ".storage" / "http", port)


def _serve(file: Path, port: int | None) -> str:
    """Set the port of the web server if one is asked for, and return its address."""
    store: Json = (
        json.loads(file.read_text(encoding="utf-8"))
        if file.exists()
        else {
            "version": 2,
            "minor_version": 2,
            "key": "http",
            "data": web_server(DEFAULT_PORT),
        }
    )
    for each in _slots(store["data"]) if port else ():
        each["server_port"] = port
    settings = _settings(store["data"])
    port = settings.get("server_port", DEFAULT_PORT)
    hosts = settings.get("server_host", _ANY_HOST)
    host = LOOPBACK if {*hosts} & {LOOPBACK, *_ANY_HOST} else hosts[0]
    if not is_free(port):
        raise HomeError(f"port {port} of {host} is in use: choose another with --port")
    file.write_text(json.dumps(store, indent=2), encoding="utf-8")
    return f"http{'s' if 'ssl_certificate' in settings else ''}://{host}:{port}"


def _slots(data: Json) -> list[Json]:
    """Return the settings that are proved, then those that are on trial, if any."""
    # Before 2026.10 there was but one set of them.
    stable, pending = data.get("stable", data), data.get("pending")
    return [stable, pending] if pending else [stable]


def _settings(data: Json) -> Json:
    """Return the settings that Home Assistant will start with."""
    stable, *pending = _slots(data)
    return next((one for one in pending if not one["error"]), stable)


def refresh_packages(home: Home) -> None:
    """Make the packages anew where those below them have changed."""
    below = (home.environment / _STAMP).read_text(encoding="utf-8")
    stamp = home.packages / _STAMP
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != below:
        shutil.rmtree(home.packages, ignore_errors=True)
        make_packages(home)
        stamp.write_text(below, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
