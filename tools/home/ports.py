"""Ports of the loopback interface."""

from argparse import ArgumentTypeError
from contextlib import closing
import socket

LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    """Tell whether nobody listens on a port."""
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Return a port that nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def port_number(text: str) -> int:
    """Return a port number from the command line."""
    if not (text.isdecimal() and 0 < int(text) < 2**16):
        raise ArgumentTypeError(f"{text} is not a port")
    return int(text)
