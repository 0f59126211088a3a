"""The instance of Home Assistant that scripts/develop runs."""

from contextlib import closing
import json
from pathlib import Path
import socket
from typing import Any

import pytest

from scripts.lib import develop
from tools.home.configuration import web_server
from tools.home.errors import HomeError
from tools.home.home import Home
from tools.home.ports import free_port

pytestmark = pytest.mark.usefixtures("socket_enabled")


def store(config: Path, data: dict[str, Any]) -> None:
    """Write the settings of the web server as Home Assistant does."""
    (config / ".storage").mkdir()
    content = {"version": 2, "minor_version": 2, "key": "http", "data": data}
    file = config / ".storage" / "http"
    file.write_text(json.dumps(content), encoding="utf-8")


def stored(config: Path) -> dict[str, Any]:
    """Return the settings of the web server."""
    text = (config / ".storage" / "http").read_text(encoding="utf-8")
    data: dict[str, Any] = json.loads(text)["data"]
    return data


@pytest.fixture
def port() -> int:
    """Return a port that nobody listens on."""
    return free_port()


def test_new_instance(tmp_path: Path, port: int) -> None:
    """It has the integration linked in, and listens where it is told."""
    assert develop.prepare(tmp_path, port) == f"http://127.0.0.1:{port}"

    link = tmp_path / "custom_components" / "miner_control"
    assert (link / "manifest.json").exists()
    assert "logger:" in (tmp_path / "configuration.yaml").read_text(encoding="utf-8")
    assert stored(tmp_path)["stable"]["server_port"] == port
    assert stored(tmp_path)["stable"]["server_host"] == ["127.0.0.1"]


def test_instance_keeps_its_port_and_configuration(tmp_path: Path, port: int) -> None:
    """Without another wish, it is where it was the last time."""
    develop.prepare(tmp_path, port)
    (tmp_path / "configuration.yaml").write_text("mine:\n", encoding="utf-8")

    assert develop.prepare(tmp_path, None) == f"http://127.0.0.1:{port}"

    text = (tmp_path / "configuration.yaml").read_text(encoding="utf-8")
    assert text == "mine:\n"


@pytest.mark.parametrize(
    ("change", "scheme", "host"),
    [
        ({}, "http", "127.0.0.1"),
        ({"server_host": ["0.0.0.0", "::"]}, "http", "127.0.0.1"),  # noqa: S104
        ({"server_host": ["127.0.0.9"]}, "http", "127.0.0.9"),
        ({"ssl_certificate": "/ssl/chain.pem"}, "https", "127.0.0.1"),
    ],
    ids=["as made", "everywhere", "elsewhere", "certificate"],
)
def test_address_is_the_true_one(
    tmp_path: Path, port: int, change: dict[str, Any], scheme: str, host: str
) -> None:
    """What was set in Home Assistant counts."""
    data = web_server(port)
    data["stable"] |= change
    store(tmp_path, data)

    assert develop.prepare(tmp_path, None) == f"{scheme}://{host}:{port}"


@pytest.mark.parametrize("error", [None, "apply_failed"])
def test_settings_on_trial(tmp_path: Path, port: int, error: str | None) -> None:
    """Home Assistant tries new settings at its next start, once."""
    data = web_server(port)
    other = free_port()
    data["pending"] = data["stable"] | {"server_port": other, "error": error}
    store(tmp_path, data)

    expected = port if error else other
    assert develop.prepare(tmp_path, None) == f"http://127.0.0.1:{expected}"


def test_older_store_of_one_set(tmp_path: Path, port: int) -> None:
    """An instance from before 2026.10 is moved as well."""
    store(tmp_path, {"server_host": ["127.0.0.1"], "server_port": 8123})

    assert develop.prepare(tmp_path, port) == f"http://127.0.0.1:{port}"
    assert stored(tmp_path) == {"server_host": ["127.0.0.1"], "server_port": port}


def test_port_in_use_changes_nothing(tmp_path: Path, port: int) -> None:
    """Home Assistant would answer elsewhere, without a word."""
    develop.prepare(tmp_path, port)
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        taken = other.getsockname()[1]
        with pytest.raises(HomeError, match=f"port {taken} of 127.0.0.1 is in use"):
            develop.prepare(tmp_path, taken)

    assert stored(tmp_path)["stable"]["server_port"] == port


def test_packages_follow_the_environment(tmp_path: Path) -> None:
    """Its own packages stay until those below them change."""
    below = tmp_path / "below"
    (below / "bin").mkdir(parents=True)
    (below / "bin" / "python").write_text(
        '#!/bin/sh\nmkdir -p "$4/lib/python3/site-packages"\n', encoding="utf-8"
    )
    (below / "bin" / "python").chmod(0o755)
    (below / "setup-stamp").write_text("1", encoding="utf-8")
    home = Home(tmp_path / "home", below)
    own = home.packages / "lib" / "python3" / "site-packages" / "mine"

    develop.refresh_packages(home)
    own.mkdir()
    develop.refresh_packages(home)
    assert own.exists()

    (below / "setup-stamp").write_text("2", encoding="utf-8")
    develop.refresh_packages(home)
    assert not own.exists()
