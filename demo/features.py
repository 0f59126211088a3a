"""Every feature of a miner: who could serve it, who does, and what it says."""

from collections.abc import Iterator, Sequence
from typing import Any

from tools.home.client import Client, Json
from tools.home.miners import DOMAIN, Miner
from tools.home.table import render

HEADER = ("feature", "served by", "value", "providers (priority)")

UNITS = {
    "board_temperature_monitoring": "°C",
    "chip_temperature_monitoring": "°C",
    "energy_monitoring": "kWh",
    "frequency_monitoring": "MHz",
    "inlet_temperature_monitoring": "°C",
    "outlet_temperature_monitoring": "°C",
    "power_limit_control": "W",
    "power_monitoring": "W",
    "room_temperature_monitoring": "°C",
    "voltage_monitoring": "V",
}

# Longer values are those of whole devices, boards and pools.
VALUE_WIDTH = 44


async def describe(client: Client, miners: Sequence[Miner]) -> str:
    """Return a table for each miner."""
    tables = []
    for miner in miners:
        table = render(HEADER, [*_rows(await read(client, miner))])
        tables.append(f"\n{miner.device.label}: {miner.title}\n{table}")
    return "\n".join(tables)


async def read(client: Client, miner: Miner) -> Json:
    """Return what Home Assistant knows of a miner's features."""
    answer = await client.ask(DOMAIN, "get_features", config_entry_id=miner.entry_id)
    features: Json = answer["features"]
    return features


def _rows(features: Json) -> Iterator[tuple[str, ...]]:
    """Yield a row for each feature."""
    for name, feature in features.items():
        provider = feature["provider"]
        value = next(
            (one["value"] for one in feature["ranking"] if one["title"] == provider),
            None,
        )
        text = f"{_text(value)} {UNITS.get(name, '')}".rstrip()
        yield name, provider or "nobody", text, _ranking(feature["ranking"])


def _ranking(bindings: Sequence[Json]) -> str:
    """Return the providers of a feature, best first."""
    ranked = sorted(bindings, key=lambda one: one["priority"], reverse=True)
    return " > ".join(
        f"{one['title']} ({one['priority']}{_remark(one)})" for one in ranked
    )


def _remark(binding: Json) -> str:
    """Return what keeps a provider from serving."""
    if not binding["enabled"]:
        return ", disabled"
    return "" if binding["healthy"] else ", no value"


def _text(value: Any) -> str:
    """Return a value short enough for a table."""
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        text = ", ".join(map(_text, value))
    elif isinstance(value, dict):
        text = " ".join(_text(part) for part in value.values() if part is not None)
    else:
        text = str(value)
    return text if len(text) <= VALUE_WIDTH else f"{text[: VALUE_WIDTH - 1]}…"
