"""An Antminer S21, whose firmware tells and takes things by newer names.

After reports of what differs from an S19 Pro (256foundation/asic-rs): inlet and outlet
temperatures in place of `temp_pcb`, figures that are numbers (#324); watts told by the
RPC port with `new_api` (#325); the mode is heeded by the name `bitmain-work-mode`
alone (#312). No S21 was recorded: that all of this comes together, that its page does
not tell the watts, and the figures themselves are guessed.
"""

from typing import ClassVar, override

from emulation.machine import Rating
from emulation.network import Json
from emulation.transport import HttpRequest

from .device import EmulatedAntminer

_OLD_NAMES = ("temp", "temp2_", "temp_pcb", "temp_chip")
_MODE = "bitmain-work-mode"


class EmulatedAntminerS21(EmulatedAntminer):
    """An S21 with Bitmain's own firmware of 2025."""

    kind: ClassVar[str] = "antminer-s21"
    model: ClassVar[str] = "Antminer S21"
    rating: ClassVar[Rating] = Rating(
        hashrate=200.0,
        watts=3500.0,
        idle_watts=45.0,
        boot_watts=15.0,
        frequency=490.0,
        chips=108,
        fan_rpm=7000,
    )

    @override
    def _stats(self, request: Json) -> Json:
        answer = super()._stats(request)
        if request.get("new_api"):
            answer["STATS"][0]["watt"] = round(self.own_watts)
        return answer

    @override
    def _chains(self) -> Json:
        entries = super()._chains()
        for slot in range(1, self.rating.boards + 1):
            for name in _OLD_NAMES:
                del entries[f"{name}{slot}"]
            entries[f"chain_rate{slot}"] = self.board_rate
            for name, degrees in self._sensor_names().items():
                entries[f"{name}_{slot}"] = str(degrees)
        return entries

    @override
    def _web_chain(self, index: int) -> Json:
        chain = super()._web_chain(index)
        for name in ("temp_pcb", "temp_chip", "temp_pic"):
            del chain[name]
        return chain | self._sensor_names()

    def _sensor_names(self) -> dict[str, int]:
        """Return the temperatures where the air comes in and where it leaves."""
        return {
            "temp_in_pcb": min(self.board_sensors),
            "temp_out_pcb": max(self.board_sensors),
            "temp_in_chip": min(self.chip_sensors),
            "temp_out_chip": max(self.chip_sensors),
        }

    @override
    def configured_mode(self, request: HttpRequest) -> str:
        """Return the mode by the one name that it heeds; others are lost silently."""
        return str(request.json().get(_MODE, self.work_mode))
