"""The command line."""

from contextlib import closing
from pathlib import Path
import socket

import pytest

from demo.cli import main, parse
from tools.home.paths import ENVIRONMENT
from tools.home.ports import free_port, is_free


def test_defaults() -> None:
    """Without arguments the demonstration stays, on Home Assistant's usual port."""
    options = parse([])

    assert options.port == 8123
    assert not options.check
    assert not options.keep_config
    assert not options.open_browser
    assert options.environment == ENVIRONMENT


def test_all_kinds(capsys: pytest.CaptureFixture[str]) -> None:
    """They are shown, and not checked: the check drives three."""
    assert parse(["--all"]).every_kind
    assert not parse(["--check"]).every_kind
    with pytest.raises(SystemExit):
        parse(["--all", "--check"])
    assert "not allowed with" in capsys.readouterr().err


def test_another_home_assistant(tmp_path: Path) -> None:
    """The demonstration shows the release that an environment holds."""
    assert parse(["--environment", str(tmp_path)]).environment == tmp_path


@pytest.mark.parametrize("port", ["0", "65536", "eight", "-1"])
def test_port_that_is_none(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A port that cannot be is refused."""
    with pytest.raises(SystemExit) as ending:
        parse([f"--port={port}"])

    assert ending.value.code == 2
    assert f"{port} is not a port" in capsys.readouterr().err


@pytest.mark.usefixtures("socket_enabled")
def test_port_in_use(capsys: pytest.CaptureFixture[str]) -> None:
    """A port that is taken is told, before anything starts."""
    port = free_port()
    assert is_free(port)
    with closing(socket.create_server(("127.0.0.1", port))):
        assert not is_free(port)

        assert main(["--port", str(port)]) == 1

    assert f"port {port} of 127.0.0.1 is in use" in capsys.readouterr().err
