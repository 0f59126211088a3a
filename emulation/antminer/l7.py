"""An Antminer L7, which mines scrypt and calls its megahashes giga.

After what one told (a program's test: `GHS 5s` 9529.45 beside `RT HASHRATE` 9529.46
MH/s) and Bitmain's page of it (`rate_unit` MH/s). That everything else is as on an S19
Pro of the same time is guessed.
"""

from typing import ClassVar, override

from emulation.machine import Rating
from emulation.network import Json

from .device import EmulatedAntminer


class EmulatedAntminerL7(EmulatedAntminer):
    """An L7 with Bitmain's own firmware and four boards."""

    kind: ClassVar[str] = "antminer-l7"
    model: ClassVar[str] = "Antminer L7"
    per_terahash: ClassVar[float] = 1e6
    rate_unit: ClassVar[str] = "MH"
    rating: ClassVar[Rating] = Rating(
        hashrate=0.0095,
        watts=3425.0,
        idle_watts=45.0,
        boot_watts=15.0,
        frequency=1000.0,
        boards=4,
        chips=120,
    )

    @override
    def _summary(self, request: Json) -> Json:
        answer = super()._summary(request)
        if not request.get("new_api"):
            rate = f"{self.gigahashes:.2f} MH/s"
            answer["SUMMARY"][0] |= {"RT HASHRATE": rate, "AV HASHRATE": rate}
        return answer
