"""The benchmark of Bitaxes reads them as they are linked: by their own protocol."""

import asyncio
from asyncio.subprocess import PIPE
import json
import os
import sys

import pytest

from benchmarks.bitaxe import READER
from benchmarks.devices import ROOT
from emulation.axeos import EmulatedBitaxe
from tests.emulation.support import (
    loopback_allowed,
    new_address,
    skip_unless_ports_free,
)

REFRESHES = 3
# To find out what it is, with its chips' page, and to see that it is the linked one.
SET_UP = 4


@pytest.mark.usefixtures("socket_enabled")
async def test_no_library_is_needed() -> None:
    """One request and one connection a refresh, and no import of pyasic."""
    skip_unless_ports_free(EmulatedBitaxe)
    with loopback_allowed():
        async with EmulatedBitaxe(new_address(), warm_up=0.0, boot=0.02) as device:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-W", "ignore", READER),
                *("present", device.address, str(REFRESHES)),
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdout=PIPE,
                stderr=PIPE,
            )
            output, errors = await process.communicate()
            assert process.returncode == 0, errors.decode()
            found = json.loads(output)
            assert found["pyasic"] is False
            assert found["cpu"] > 0
            most = SET_UP + found["warm_up"] + REFRESHES
            assert device.requests.total() <= most
            assert device.connections <= most
