"""What all Avalons answer alike on cgminer's port."""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
import time
from typing import Any, ClassVar, override

from emulation.cgminer import CgminerRpc, pool_rows
from emulation.device import EmulatedMiner
from emulation.network import RPC_PORT, Endpoint, Json

SET_INFO = 118
SET_OK = 119
SET_FAILED = 120

# What an option of `ascset` answers, None for a plain success.
type Setting = Callable[[Sequence[str]], Json | None]


class AvalonApi(EmulatedMiner):
    """A device that is read by cgminer's commands and ruled by `ascset`."""

    ports: ClassVar[tuple[int, ...]] = (RPC_PORT,)
    oui: ClassVar[str] = "e0:e1:a9"

    def __init__(self, address: str, **options: Any) -> None:
        """Describe a device."""
        self._rpc = CgminerRpc(
            "cgminer 4.11.1",
            {
                "version": self._version,
                "summary": self._summary,
                "devs": self._devices,
                "pools": self._pools,
                "stats": self._stats,
                "estats": self._stats,
                "ascset": self._set,
                "restart": self._restart,
            },
        )
        super().__init__(address, **options)

    @override
    def endpoints(self) -> Mapping[int, Endpoint]:
        return {RPC_PORT: self._rpc}

    # Reading

    @abstractmethod
    def _version(self, _: Json) -> Json:
        """Tell the product and its versions."""

    @abstractmethod
    def _summary(self, _: Json) -> Json:
        """Tell the figures of the whole."""

    @abstractmethod
    def _devices(self, _: Json) -> Json:
        """Tell the figures of the module."""

    @abstractmethod
    def _stats(self, _: Json) -> Json:
        """Tell the module's text."""

    def _pools(self, _: Json) -> Json:
        rows = pool_rows(self.pools, self.machine.shares, active=self.mining)
        return self._rpc.success(7, f"{len(rows)} Pool(s)", POOLS=rows)

    # Ruling

    @abstractmethod
    def _set(self, request: Json) -> Json:
        """Set an option."""

    def _soft_off(self, values: Sequence[str]) -> Json:
        return self._at(values, self.pause, "softoff")

    def _soft_on(self, values: Sequence[str]) -> Json:
        return self._at(values, self.resume, "softon")

    def _at(
        self, values: Sequence[str], action: Callable[[], None], option: str
    ) -> Json:
        """Plan an action for the moment in `1:moment` by the device's clock."""
        _, _, moment = values[0].partition(":")
        if not moment.isdigit():
            return self._failed(f"{option} needs a time")
        self.later(int(moment) - time.time(), action)
        return self._informed(f"success {option}:{moment}")

    def _restart(self, _: Json) -> Json:
        self.record("rpc:restart")
        self.restart_mining()
        return {"STATUS": "RESTART", "id": 1}

    def _done(self) -> Json:
        return self._rpc.success(SET_OK, "ASC 0 set OK")

    def _informed(self, text: str) -> Json:
        return self._rpc.info(SET_INFO, f"ASC 0 set info: {text}")

    def _failed(self, text: str) -> Json:
        return self._rpc.error(SET_FAILED, f"ASC 0 set failed: {text}")
