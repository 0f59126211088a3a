"""pyasic's search for what answers at an address, less two of its mistakes."""

from typing import override

from pyasic.miners.factory import MinerFactory as LibraryFactory, MinerTypes


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
