"""The miner that the tests of the tools have, for those of the demonstration."""

from tests.tools.conftest import device, emulators, miner

__all__ = ["device", "emulators", "miner"]
