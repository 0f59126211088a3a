"""A smart plug that switches and measures an emulated miner."""

from collections import Counter
from typing import Self

from .device import EmulatedMiner
from .network import HttpEndpoint, Json, Network
from .transport import HttpRequest, Reply

PLUG_PORT = 8080


class SmartPlug:
    """A plug with a small HTTP interface: read and write `/state`."""

    def __init__(
        self,
        address: str,
        miner: EmulatedMiner | None = None,
        *,
        port: int = PLUG_PORT,
        available: bool = True,
    ) -> None:
        """Put a plug between the wall and a miner, or nothing."""
        self.address = address
        self.port = port
        self.miner = miner
        self.on = miner.powered if miner else True
        self.available = available
        self.has_supply = True
        self._frozen: Json | None = None
        self._network = Network(address, {port: HttpEndpoint(self._answer)})

    async def start(self) -> None:
        """Appear on the network."""
        try:
            self._network.start()
            self._network.light(on=True)
        except OSError:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Leave nothing behind; the miner keeps its power."""
        await self._network.stop()

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self.stop()

    @property
    def url(self) -> str:
        """Return the address of its interface."""
        return f"http://{self.address}:{self.port}/state"

    @property
    def power(self) -> float:
        """Return the watts that go through it."""
        return self.miner.watts if self.miner and self.on else 0.0

    @property
    def energy(self) -> float:
        """Return the kWh that have gone through it."""
        return self.miner.energy if self.miner else 0.0

    @property
    def requests(self) -> Counter[str]:
        """Return how often each request came, by its name."""
        return self._network.requests

    @property
    def state(self) -> Json:
        """Return what its interface shows."""
        return {
            "on": self.on,
            "power": round(self.power, 1),
            "energy": round(self.energy, 6),
        } | (self._frozen or {})

    @property
    def frozen(self) -> bool:
        """Tell whether its meter shows the same for ever, while its contact works."""
        return self._frozen is not None

    @frozen.setter
    def frozen(self, frozen: bool) -> None:
        measured = {key: self.state[key] for key in ("power", "energy")}
        self._frozen = measured if frozen else None

    async def turn_on(self) -> None:
        """Give the miner its power."""
        self.switch(on=True)

    async def turn_off(self) -> None:
        """Take the miner's power."""
        self.switch(on=False)

    def switch(self, *, on: bool) -> None:
        """Close or open the contact."""
        self.on = on
        self._feed()

    def supply(self, *, on: bool) -> None:
        """Give or take the power at the wall, without which nothing answers."""
        self.has_supply = on
        self._network.light(on=on)
        self._feed()

    def _feed(self) -> None:
        """Give the miner power if there is any and the contact is closed."""
        if self.miner is None:
            return
        if self.on and self.has_supply:
            self.miner.power_on()
        else:
            self.miner.power_off()

    def _answer(self, request: HttpRequest) -> Reply:
        if not self.available:
            return Reply({"error": "unavailable"}, 503)
        if request.path != "/state":
            return Reply({"error": "not found"}, 404)
        if request.method == "POST":
            return self._write(request)
        return Reply(self.state)

    def _write(self, request: HttpRequest) -> Reply:
        on = request.json().get("on")
        if not isinstance(on, bool):
            return Reply({"error": "on must be true or false"}, 400)
        self.switch(on=on)
        return Reply(self.state)
