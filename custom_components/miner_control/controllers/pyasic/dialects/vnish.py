"""VNish on Antminers."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, replace
from itertools import pairwise
from math import gcd
import re
from typing import Any, Final, Self, override

from aiohttp import ClientError

from ....const import LOGGER
from ....domain.features import MinerFeatureType, MinerStatus
from ....domain.snapshot import Features, Snapshot
from ....domain.values import (
    FanSetting,
    FanSpeed,
    Hashboard,
    HashRate,
    HashRateUnit,
    OperationalData,
    Power,
    PowerLimit,
    Presets,
    Temperature,
)
from ...errors import CommandRefusedError, UnsupportedError
from ...network.device import Signs
from ...network.http import Page, fetch, read_object
from ...network.limits import in_short
from ...network.parsing import (
    count,
    difficulty,
    first,
    frequency,
    hashrate_now,
    hottest,
    number,
    percentage,
    rows,
    section,
    temperature,
    voltage,
)
from ..device import PyasicDevice, tell
from . import bitmain_stats
from .base import (
    BOARDS,
    FAN,
    FREQUENCY,
    LOCATE,
    MAX_HASHRATE,
    MAX_POWER,
    NEEDS_STATUS,
    OPERATION,
    POWER_LIMIT,
    PRESET,
    VOLTAGE,
    Dialect,
    answer_to,
    only_wanted,
    rows_from,
    word_in,
)

# What the summary tells, and what the presets do.
_OF_SUMMARY: Final = frozenset(
    {
        *NEEDS_STATUS,
        FREQUENCY,
        VOLTAGE,
        FAN,
        BOARDS,
        OPERATION,
        MinerFeatureType.CHIP_TEMPERATURE_MONITORING,
        MinerFeatureType.BOARD_TEMPERATURE_MONITORING,
        MinerFeatureType.INLET_TEMPERATURE_MONITORING,
        MinerFeatureType.OUTLET_TEMPERATURE_MONITORING,
        MinerFeatureType.FAN_SPEED_INTERNAL_MONITORING,
    }
)
_OF_PRESETS: Final = frozenset({PRESET, POWER_LIMIT, MAX_POWER, MAX_HASHRATE})
_PRETTY: Final = re.compile(
    r"(?<![\d.])(\d{1,5}(?:\.\d+)?)\s*watt\s*~\s*(\d{1,9}(?:\.\d+)?)\s*([kMGTPE]H)",
    re.ASCII,
)

_STATES: Final = {
    "mining": MinerStatus.ON,
    "stopped": MinerStatus.IDLE,
    "paused": MinerStatus.IDLE,
    "shutting-down": MinerStatus.STOPPING,
    "failure": MinerStatus.ERROR,
    "initializing": MinerStatus.STARTING,
    "starting": MinerStatus.STARTING,
    "restarting": MinerStatus.STARTING,
    "auto-tuning": MinerStatus.STARTING,
}
_RESTING: Final = frozenset({"stopped", "paused", "shutting-down"})
_IMMERSION: Final = "immersion"
# The chips' temperature that the firmware keeps to if nobody ever chose one.
_DEFAULT_TARGET: Final = 70


@dataclass(frozen=True, slots=True)
class _Preset:
    """A combination of power and hash rate that the device was tuned to."""

    name: str
    watts: int
    hashrate: HashRate

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Self | None:
        """Read one of the firmware's presets, None where it is not tuned yet."""
        told = _PRETTY.search(str(row.get("pretty")))
        if told is None or row.get("status") != "tuned":
            return None
        watts, rate, unit = told.groups()
        made = HashRate(float(rate), HashRateUnit(f"{unit}/s"))
        return cls(str(row.get("name")), round(float(watts)), made)


class VnishDialect(Dialect):
    """VNish, which is ruled over its web interface with a token that expires.

    It has no power limit as such. The best of the tuned presets within a limit
    stands for it, and shows as what it is. Its summary tells the heat of each board
    and of the water by name (xminer-api 0.1.0; an S19j Pro with 1.2.0-rc3 and an S21e
    XP Hyd. that others recorded); pyasic knows neither the water nor newer boards.
    """

    backends = frozenset({"VNish"})
    features = frozenset(
        {FREQUENCY, VOLTAGE, FAN, POWER_LIMIT, PRESET, MAX_POWER, MAX_HASHRATE}
    )
    reads_status = True
    showing_identity = _OF_SUMMARY
    always_has_mac = True
    unread_items = frozenset({"fans"})

    def __init__(
        self, device: PyasicDevice, memory: MutableMapping[str, Any] | None = None
    ) -> None:
        """Know no target temperature yet."""
        super().__init__(device, memory)
        self._target = _DEFAULT_TARGET
        device.fetch_pages_with(self._page)

    @override
    async def read_data(self, items: Iterable[str]) -> Any:
        """Read pyasic's plain data, again if only the token had expired.

        Out of a round pyasic asks, and fetches a new token, but does not ask again.
        """
        wanted, token = frozenset(items), self.miner.web.token
        try:
            return await super().read_data(wanted)
        except Exception:
            if self.miner.web.token in (None, token):
                raise
        return await super().read_data(wanted)

    @override
    async def read_signs(self) -> Signs:
        """Read the MAC address from a page of its own, which needs no login."""
        web = self.miner.web
        url = f"http://{web.ip}:{web.port}/api/v1/info"
        info = await answer_to(self.device.in_time, "info", lambda: read_object(url))
        system = section(info.get("system"))
        return Signs(mac=section(system.get("network_status")).get("mac"))

    @override
    async def read_extras(self, wanted: Features) -> Snapshot:
        """Read the state, the counters, and clock and voltage of each chain."""
        is_scrypt = self.algorithm == bitmain_stats.SCRYPT
        totals = await self._totals_of_scrypt() if is_scrypt else Snapshot()
        if not wanted & _OF_SUMMARY:
            return totals
        miner = section((await answer_to(self.miner.web.summary)).get("miner"))
        chains = rows(miner.get("chains"))
        rate = bitmain_stats.scrypt_rate if is_scrypt else _in_gigahashes
        boards = tuple(_board(chain, rate) for chain in chains)
        found = replace(
            totals,
            status=word_in(miner, _status(miner)),
            chip_temperature=hottest(board.chip_temperature for board in boards),
            board_temperature=hottest(board.board_temperature for board in boards),
            inlet_temperature=_water(chains, "inlet_water_temp"),
            outlet_temperature=_water(chains, "outlet_water_temp"),
            frequency=frequency(chain.get("frequency") for chain in chains),
            voltage=voltage((chain.get("voltage") for chain in chains), fraction=1000),
            internal_fan=_fan(miner),
            internal_fan_speeds=_fan_speeds(section(miner.get("cooling"))),
            hashboards=boards or None,
            operation=_operation(miner),
        )
        return only_wanted(found, wanted)

    async def _totals_of_scrypt(self) -> Snapshot:
        """Read what the machine makes and is to make, which pyasic takes for more."""
        told = rows((await answer_to(self.miner.rpc.stats)).get("STATS"))
        summary = first((await answer_to(self.miner.rpc.summary)).get("SUMMARY"))
        ideal = told[-1].get("total_rateideal") if told else None
        return Snapshot(
            hashrate=bitmain_stats.scrypt_rate(summary.get("GHS 5s")),
            expected_hashrate=bitmain_stats.scrypt_rate(ideal),
        )

    @override
    async def read_facts(self, wanted: Features) -> Snapshot:
        """Read the presets and the light."""
        light = await self._light() if LOCATE in wanted else None
        presets = await self._presets() if wanted & _OF_PRESETS else []
        if not presets:
            return Snapshot(is_locating=light)
        current, best = await self._preset(), max(presets, key=lambda p: p.watts)
        return Snapshot(
            is_locating=light,
            presets=Presets(tuple(preset.name for preset in presets), current or None),
            power_limit=self._power_limit(presets, current),
            max_power=Power(best.watts),
            max_hashrate=best.hashrate,
        )

    @override
    async def refuses_login(self) -> bool:
        """Try to log in, since pyasic calls every failure a refusal."""
        web = self.miner.web
        url = f"http://{web.ip}:{web.port}/api/v1/unlock"
        return (await fetch(url, body={"pw": web.pwd})).is_refused

    @override
    async def start_mining(self) -> None:
        """Start what was stopped, or resume what somebody paused."""
        summary = await answer_to(self.miner.web.summary)
        paused = _state(section(summary.get("miner"))) == "paused"
        web = self.miner.web
        await self._post(web.resume_mining if paused else web.start_mining)

    @override
    async def stop_mining(self) -> None:
        """Stop mining."""
        await self._post(self.miner.web.stop_mining)

    @override
    async def select_preset(self, preset: str) -> None:
        """Set a preset, with all of the tuning's settings that do not change."""
        if preset not in {known.name for known in await self._presets()}:
            raise UnsupportedError(f"{self.miner} is not tuned to {preset!r}")
        overclock = await self._overclock()
        wants = await self._write({"overclock": overclock | {"preset": preset}})
        if (await self._overclock())["preset"] != preset:
            raise CommandRefusedError(f"{self.miner} did not take {preset!r}")
        await self._bring_into_force(wants)

    @override
    async def set_power_limit(self, watts: float) -> None:
        """Set the best preset within a limit."""
        within = [known for known in await self._presets() if known.watts <= watts]
        if not within:
            raise UnsupportedError(f"{self.miner} has no preset within {watts:g} W")
        best = max(within, key=lambda preset: preset.watts)
        if best.watts < watts:
            LOGGER.info(
                "%s takes %d W, its best preset within %g W",
                self.miner,
                best.watts,
                watts,
            )
        await self.select_preset(best.name)

    @override
    async def reboot(self) -> None:
        """Restart the device."""
        await self._post(self.miner.web.reboot)

    @override
    async def restart_mining(self) -> None:
        """Restart mining."""
        await self._post(self.miner.web.restart_vnish)

    @override
    async def set_locating(self, *, locating: bool) -> None:
        """Turn the light on or off; the one command for both switches it over."""
        if await self._light() is locating:
            return
        for _ in range(2):
            answer = section(await tell(self.miner.web.find_miner))
            if answer.get("on") is locating:
                return
        raise CommandRefusedError(f"{self.miner} did not switch its light")

    @override
    async def set_fan(self, setting: FanSetting) -> None:
        """Set the fans to a percentage or leave them to the firmware.

        Only the cooling is written, with all of it that is not to change.
        """
        cooling = await self._cooling()
        if cooling["mode"].get("name") == "auto":
            self._target = cooling["mode"].get("param") or self._target
        wanted = _mode(setting, self._target)
        wants = await self._write({"cooling": cooling | {"mode": wanted}})
        if (await self._cooling())["mode"] != wanted:
            raise CommandRefusedError(f"{self.miner} did not take {wanted}")
        await self._bring_into_force(wants)

    async def _write(self, miner: dict[str, Any]) -> dict[str, Any]:
        """Write a part of the settings, and return what the firmware wants for it."""
        return section(
            await tell(
                self.miner.web.send_command, "settings", privileged=True, miner=miner
            )
        )

    async def _bring_into_force(self, wants: Mapping[str, Any]) -> None:
        """Restart what the firmware wants restarted; a miner that rests stays so."""
        if wants.get("reboot_required") is True:
            await self.reboot()
        elif wants.get("restart_required") is True:
            summary = await answer_to(self.miner.web.summary)
            if _state(section(summary.get("miner"))) not in _RESTING:
                await self.restart_mining()

    async def _page(self, command: str) -> Any:
        """Return a page, empty if there is none; renew a token that has expired.

        The library makes an HTTP client for each page, which takes four times as
        long, and does not ask again with a new token.
        """
        web = self.miner.web
        scheme = "Bearer " if command.startswith("system") else ""
        for known in (web.token, None):
            if (token := known or await web.auth()) is None:
                break
            page = await self._fetch(command, f"{scheme}{token}")
            if page is None or not page.is_refused:
                return _content(page)
        return {}

    async def _fetch(self, command: str, authorization: str) -> Page | None:
        """Return a page with its status, None if the device does not answer."""
        web = self.miner.web
        url = f"http://{web.ip}:{web.port}/api/v1/{command}"
        try:
            return await fetch(url, headers={"Authorization": authorization})
        except (ClientError, ValueError) as err:
            LOGGER.debug("No answer from %s: %s", url, in_short(err))
            return None

    async def _post(self, call: Callable[[], Awaitable[Any]]) -> None:
        """Give a command; raise CommandRefusedError if it was refused."""
        if error := section(await tell(call)).get("err"):
            raise CommandRefusedError(f"{self.miner} refused: {error}")

    async def _light(self) -> bool | None:
        """Tell whether the light is on."""
        told = (await answer_to(self.miner.web.status)).get("find_miner")
        return told if isinstance(told, bool) else None

    async def _presets(self) -> list[_Preset]:
        """Read the presets that the device was tuned to."""
        found = map(_Preset.from_row, await rows_from(self.miner.web.autotune_presets))
        return [preset for preset in found if preset]

    async def _preset(self) -> str:
        """Read which preset is in use, empty if none."""
        told = await answer_to(self.miner.web.perf_summary)
        return str(section(told.get("current_preset")).get("name") or "")

    def _power_limit(self, presets: list[_Preset], current: str) -> PowerLimit:
        """Return the limit that is in force, within the range of the presets."""
        watts = next((p.watts for p in presets if p.name == current), None)
        powers = sorted(preset.watts for preset in presets)
        step = gcd(*(high - low for low, high in pairwise(powers))) or 1
        levels = tuple(map(float, powers))
        return PowerLimit(watts, powers[0], powers[-1], step, levels)

    async def _cooling(self) -> dict[str, Any]:
        """Read the settings of the cooling; raise CommandRefusedError if none."""
        cooling = await self._settings_of("cooling", "mode")
        return cooling | {"mode": section(cooling["mode"])}

    async def _overclock(self) -> dict[str, Any]:
        """Read the settings of the tuning; raise CommandRefusedError if none."""
        return await self._settings_of("overclock", "preset")

    async def _settings_of(self, part: str, needed: str) -> dict[str, Any]:
        """Read a part of the settings; raise CommandRefusedError if there is none."""
        settings = await answer_to(self.miner.web.settings)
        found = section(section(settings.get("miner")).get(part))
        if needed not in found:
            raise CommandRefusedError(f"{self.miner} did not give its settings")
        return found


def _content(page: Page | None) -> Any:
    """Return what a page holds, empty if that is nothing or damaged."""
    try:
        return page.json() if page and page.is_there else {}
    except ValueError:
        return {}


def _state(miner: dict[str, Any]) -> str | None:
    """Return the firmware's own word for what it does, None where it says nothing."""
    said = section(miner.get("miner_status")).get("miner_state")
    return str(said).lower().replace("_", "-") if said else None


def _status(miner: dict[str, Any]) -> MinerStatus | None:
    """Return what the firmware says of itself; a word that nobody knows says nothing.

    It is no proof that the miner rests, nor that it ought to hash.
    """
    said = _state(miner)
    return None if said is None else _STATES.get(said, MinerStatus.UNKNOWN)


def _board(
    chain: dict[str, Any], rate: Callable[[object], HashRate | None]
) -> Hashboard:
    """Return what a chain tells; pyasic knows its chips and sensors by other names."""
    return Hashboard(
        chip_temperature=_heat(chain, "chip_temp"),
        board_temperature=_heat(chain, "pcb_temp"),
        voltage=voltage([chain.get("voltage")], fraction=1000),
        frequency=frequency([chain.get("frequency")]),
        hashrate=rate(chain.get("hashrate_rt")),
        nominal_hashrate=rate(chain.get("hashrate_ideal") or None),
    )


def _heat(chain: dict[str, Any], name: str) -> Temperature | None:
    """Return the highest temperature of a kind; older releases list the sensors."""
    told = temperature(section(chain.get(name)).get("max"))
    sensors = rows(chain.get(f"{name}_sens"))
    works = (each for each in sensors if each.get("status") == "measure")
    return told or hottest(temperature(each.get("temp")) for each in works)


def _water(chains: Iterable[Mapping[str, Any]], name: str) -> Temperature | None:
    """Return the temperature of the water, by the warmest of its sensors."""
    return hottest(temperature(chain.get(name)) for chain in chains)


def _in_gigahashes(figure: object) -> HashRate | None:
    """Return a hash rate that is told in GH/s."""
    return hashrate_now(figure, HashRateUnit.GH)


def _operation(miner: dict[str, Any]) -> OperationalData | None:
    """Return the counters, the pool and the failures of chains."""
    if not miner:
        return None
    pools = rows(miner.get("pools"))
    active = (pool.get("url") for pool in pools if pool.get("status") == "active")
    return OperationalData(
        shares_accepted=_total(pools, "accepted"),
        shares_rejected=_total(pools, "rejected"),
        blocks_found=count(miner.get("found_blocks")),
        best_difficulty=difficulty(miner.get("best_share")),
        active_pool=next((str(url) for url in active if url), None),
        errors=tuple(_failures(rows(miner.get("chains")))),
    )


def _total(pools: Iterable[Mapping[str, Any]], key: str) -> int | None:
    """Return the sum of a counter of all pools, None if none has it."""
    counts = [found for pool in pools if (found := count(pool.get(key))) is not None]
    return sum(counts) if counts else None


def _failures(chains: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    """Return what is wrong with chains."""
    for chain in chains:
        status = section(chain.get("status"))
        if status.get("state") == "failure":
            yield f"{chain.get('id')}: {status.get('description') or 'failure'}"


def _fan(miner: dict[str, Any]) -> FanSetting | None:
    """Return how the fans are set, and how fast they run."""
    cooling = section(miner.get("cooling"))
    mode = section(section(cooling.get("settings")).get("mode"))
    if "name" not in mode:
        return None
    manual = mode["name"] == "manual"
    percent = percentage(mode.get("param") if manual else cooling.get("fan_duty"))
    return FanSetting(percent, automatic=not manual)


def _fan_speeds(cooling: dict[str, Any]) -> tuple[FanSpeed | None, ...] | None:
    """Return the speed of each fan; in a liquid those that stand are none."""
    speeds = [number(fan.get("rpm")) for fan in rows(cooling.get("fans"))]
    mode = section(section(cooling.get("settings")).get("mode")).get("name")
    if mode == _IMMERSION and not any(speeds):
        return None
    return tuple(None if rpm is None else FanSpeed(rpm) for rpm in speeds) or None


def _mode(setting: FanSetting, target: int) -> dict[str, Any]:
    """Return a way of cooling as the firmware writes it."""
    if setting.automatic or setting.percent is None:
        return {"name": "auto", "param": target}
    return {"name": "manual", "param": setting.percent}
