"""A small HTTP interface to steer a running fleet."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Self

from .axeos import EmulatedAxe
from .device import EmulatedMiner
from .faults import Fault
from .fleet import Device, Fleet
from .network import HttpEndpoint, Json, Network
from .transport import HttpRequest, Reply

CONTROL_ADDRESS = "127.0.0.1"

type Action = Callable[[Device, Json], Reply]


class FleetControl:
    """Serve `/devices` and what can be done to each device."""

    def __init__(self, fleet: Fleet, port: int) -> None:
        """Steer a fleet from a port of the loopback address."""
        self._fleet = fleet
        self._network = Network(CONTROL_ADDRESS, {port: HttpEndpoint(self._answer)})
        self.url = f"http://{CONTROL_ADDRESS}:{port}"
        self._actions: dict[str, Action] = {
            "fault": _set_fault,
            "power": _set_power,
            "mining": _set_mining,
            "reboot": _reboot,
            "sessions": _end_sessions,
            "foreign": _set_foreign,
            "stranger": self._set_stranger,
            "plug": _set_plug,
            "draw": _set_draw,
        }

    async def __aenter__(self) -> Self:
        """Start."""
        self._network.start()
        self._network.light(on=True)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self._network.stop()

    def _answer(self, request: HttpRequest) -> Reply:
        parts = request.path.strip("/").split("/")
        if parts == ["devices"] and request.method == "GET":
            return Reply(describe_all(self._fleet))
        device = self._fleet.devices.get(parts[1]) if parts[1:] else None
        if parts[0] != "devices" or device is None:
            return Reply({"error": "not found"}, 404)
        if request.method == "GET" and parts[2:] == []:
            return Reply(describe(device))
        action = self._actions.get("/".join(parts[2:]))
        if request.method != "POST" or action is None:
            return Reply({"error": "not found"}, 404)
        try:
            return action(device, request.json())
        except (KeyError, TypeError, ValueError) as error:
            return Reply({"error": f"bad request: {error}"}, 400)

    def _set_stranger(self, device: Device, body: Json) -> Reply:
        """Put a device of some kind at the address of another, or end that."""
        kind: str | None = body["kind"]
        self._fleet.set_stranger(device, kind)
        return Reply(describe(device))


def describe_all(fleet: Fleet) -> list[Json]:
    """Return all devices with their true states."""
    return [describe(device) for device in fleet.devices.values()]


def describe(device: Device) -> Json:
    """Return a device with its true state."""
    miner, plug = device.miner, device.plug
    return {
        "name": device.name,
        "kind": miner.kind,
        "model": miner.model,
        "address": miner.address,
        "ports": list(miner.ports),
        "mac": miner.mac,
        "password": miner.password,
        "pools": [asdict(pool) for pool in miner.pools],
        "plug": plug.url if plug else None,
        "plug_on": plug.on if plug else None,
        "plug_available": plug.available and plug.has_supply if plug else None,
        "fault": miner.fault,
        # All that it was asked so far, by the names that a fault can be limited to.
        "questions": sorted(miner.requests),
        "stranger": true_state(device.stranger) if device.stranger else None,
        "room": {"temperature": device.room.temperature} if device.room else None,
        "state": true_state(miner),
    }


def true_state(miner: EmulatedMiner) -> Json:
    """Return what a device truly does."""
    return {
        "powered": miner.powered,
        "ready": miner.ready,
        "mining": miner.mining,
        "hashrate": round(miner.hashrate, 3),
        "watts": round(miner.watts, 1),
        "own_watts": round(miner.own_watts, 1),
        "energy": round(miner.energy, 6),
        "chip_temperature": round(miner.chip_temperature, 1),
        # What it did when it last lost its work.
        "last_figures": asdict(miner.machine.last_figures),
        "fan_percent": miner.fan_percent,
        "fan_automatic": miner.fan_automatic,
        "preset": miner.preset,
        "power_limit": miner.power_limit,
        "clock_setting": miner.clock_setting,
        "locating": miner.locating,
        "listeners": miner.listeners,
        "uptime": int(miner.uptime),
        "reboots": miner.reboots,
        "restarts": miner.restarts,
        "crashes": miner.crashes,
        "requests": miner.requests.total(),
        "connections": miner.connections,
        "told": len(miner.commands),
        "commands": miner.commands[-20:],
    }


def _set_fault(device: Device, body: Json) -> Reply:
    """Put a fault in force, or end it with null."""
    fault = Fault(body["fault"]) if body["fault"] is not None else None
    device.miner.inject(
        fault, on=str(body.get("on", "*")), delay=float(body.get("delay", 2.0))
    )
    return Reply(describe(device))


def _set_power(device: Device, body: Json) -> Reply:
    """Switch the plug, or the device itself if it has none.

    With `at_wall`, plug and device lose their power together, or get it back.
    """
    on = _flag(body, "on")
    if device.plug and body.get("at_wall"):
        device.plug.supply(on=on)
    elif device.plug:
        device.plug.switch(on=on)
    elif on:
        device.miner.power_on()
    else:
        device.miner.power_off()
    return Reply(describe(device))


def _set_mining(device: Device, body: Json) -> Reply:
    """Pause or resume, as somebody at the device would where there is need."""
    is_wanted = _flag(body, "on")
    if is_wanted and device.miner.paused:
        device.miner.resume()
    elif not is_wanted:
        device.miner.pause()
    return Reply(describe(device))


def _reboot(device: Device, _: Json) -> Reply:
    """Go down and boot, as after a press of the button."""
    device.miner.reboot()
    return Reply(describe(device))


def _end_sessions(device: Device, _: Json) -> Reply:
    """Have everybody log in again."""
    device.miner.end_sessions()
    return Reply(describe(device))


def _set_foreign(device: Device, body: Json) -> Reply:
    """Take whoever asks for one of another network, where the kind looks at that."""
    is_foreign = _flag(body, "on")
    if isinstance(device.miner, EmulatedAxe):
        device.miner.is_foreign = is_foreign
    return Reply(describe(device))


def _set_plug(device: Device, body: Json) -> Reply:
    """Take the plug's interface away, or freeze its meter, or end that."""
    if device.plug is None:
        return Reply({"error": "no plug"}, 404)
    if "available" in body:
        device.plug.available = _flag(body, "available")
    if "frozen" in body:
        device.plug.frozen = _flag(body, "frozen")
    return Reply(describe(device))


def _set_draw(device: Device, body: Json) -> Reply:
    """Have other watts drawn than it is told, and boards that cannot hold too few."""
    device.miner.draw(
        factor=float(body.get("factor", 1.0)),
        offset=float(body.get("offset", 0.0)),
        lag=float(body.get("lag", 0.0)),
    )
    device.miner.cannot_hold(
        float(body.get("holds_from", 0.0)),
        crash_after=float(body.get("crash_after", 60.0)),
    )
    return Reply(describe(device))


def _flag(body: Json, key: str) -> bool:
    value: Any = body[key]
    if not isinstance(value, bool):
        raise TypeError(f"{key} must be true or false")
    return value
