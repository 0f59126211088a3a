"""pyasic's search for what answers at an address, less some of its mistakes."""

import asyncio
from typing import Any, Final, override
from unicodedata import normalize

from pyasic.miners.factory import MinerFactory as LibraryFactory, MinerTypes

from ..network.parsing import section
from .unknown import INSTEAD, complete

_PING_TIMEOUT: Final = 2.0


class MinerFactory(LibraryFactory):  # type: ignore[misc] # pyasic has no types
    """Find out what kind of miner answers."""

    @staticmethod
    @override
    def _parse_socket_type(data: str) -> MinerTypes | None:
        """Tell VNish from the firmware of the Antminer that it runs on.

        pyasic looks for the name of the hardware first, so that VNish passes for
        Bitmain's own firmware whenever its web page is the slower to answer.
        """
        if "VNISH" in data.upper():
            return MinerTypes.VNISH
        return LibraryFactory._parse_socket_type(data)  # noqa: SLF001

    @staticmethod
    @override
    async def _socket_ping(ip: str, cmd: str) -> str | None:
        """Return the answer to a command, None if it is no text at all.

        pyasic would fail, with tasks left behind whose failures nobody sees.
        """
        try:
            answer: str | None = await LibraryFactory._socket_ping(ip, cmd)  # noqa: SLF001
        except UnicodeDecodeError:
            return None
        return answer

    @override
    async def _get_miner_socket(self, ip: str) -> MinerTypes | None:
        """Return what answers to commands, by the newer one of MicroBT's ports, too.

        pyasic does not try that one where the older says nothing of its maker.
        """
        found = await super()._get_miner_socket(ip)
        if found is None and (await self._device_info(ip)).get("miner"):
            return MinerTypes.WHATSMINER
        return found

    @override
    async def get_miner_version_whatsminer(self, ip: str) -> str | None:
        """Return the version of the firmware, which decides how it is spoken to."""
        try:
            version = await super().get_miner_version_whatsminer(ip)
        except TypeError:
            version = None
        if version is None:
            told = section((await self._device_info(ip)).get("system"))
            version = told.get("fwversion")
        return None if version is None else str(version)

    async def _device_info(self, ip: str) -> dict[str, Any]:
        """Return what a device tells of itself by MicroBT's API 3, empty if nothing."""
        try:
            async with asyncio.timeout(_PING_TIMEOUT):
                told = await self.send_btminer_v3_api_command(ip, "get.device.info")
        except EOFError, OSError, UnicodeDecodeError:
            return {}
        return section(section(told).get("msg"))

    @staticmethod
    @override
    def _select_miner_from_classes(
        ip: Any,
        miner_model: str | None,
        miner_type: MinerTypes | None,
        version: str | None = None,
    ) -> Any:
        """Return the object for a model; an unknown one keeps its name.

        Goldshell writes a Roman numeral as one letter, pyasic as several.
        """
        if miner_model is not None:
            miner_model = normalize("NFKC", miner_model)
        miner = LibraryFactory._select_miner_from_classes(  # noqa: SLF001
            ip, miner_model, miner_type, version
        )
        if better := INSTEAD.get(type(miner).__name__):
            miner = better(ip, version)
        complete(miner, miner_model)
        return miner
