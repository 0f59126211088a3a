"""The dashboard: one section per miner and one that compares them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .client import Client
from .miners import Miner

URL_PATH = "miner-control"
TITLE = "Miners"
ICON = "mdi:pickaxe"

type Card = dict[str, Any]

# Full width of a section's grid, and half of it.
WIDE = {"columns": 12, "rows": 1}
HALF = {"columns": 6, "rows": 1}

# A quarter of an hour, since a demonstration does not last for days.
HOURS = 0.25

# What the miner measures besides hash rate and power: name and colour.
DETAILS = {
    "sensor.efficiency": ("Efficiency", "teal"),
    "sensor.energy": ("Energy", "teal"),
    "sensor.chip_temperature": ("Chips", "red"),
    "sensor.board_temperature": ("Boards", "red"),
    "sensor.internal_fan_speed_1": ("Fan 1", "cyan"),
    "sensor.internal_fan_speed_2": ("Fan 2", "cyan"),
}

# What is told of each board, where it tells that.
READINGS = {
    "chip_temperature": "Chips",
    "board_temperature": "PCB",
    "hashrate": "Rate",
    "voltage": "Volts",
    "frequency": "Clock",
}

# The temperatures that are compared: the hottest part, and the air that leaves.
TEMPERATURES = {
    "sensor.chip_temperature": "chips",
    "sensor.outlet_temperature": "outlet",
}

# What can be set, how, and what is shown beside that.
SETTINGS: Mapping[str, tuple[Card, Sequence[str]]] = {
    "select.preset": ({"type": "select-options"}, ["provider"]),
    "number.power_limit": ({"type": "numeric-input", "style": "buttons"}, ["provider"]),
    "fan.internal_fan": ({"type": "fan-speed"}, ["preset_mode", "provider"]),
}

FALLBACKS = """\
{{% set features = state_attr('{entity}', 'features') or {{}} %}}
{{% for provider in features.values() | unique %}}
**{{{{ provider or 'Nobody' }}}}** stands in for {{{{
    features.items() | selectattr(1, 'eq', provider) | map(attribute=0)
    | map('replace', '_monitoring', '') | map('replace', '_', ' ')
    | join(', ') }}}}.

{{% endfor %}}
"""


async def publish(client: Client, miners: Sequence[Miner]) -> None:
    """Store the dashboard and make it the one that opens first."""
    await client.call(
        "lovelace/dashboards/create",
        url_path=URL_PATH,
        title=TITLE,
        icon=ICON,
        mode="storage",
        show_in_sidebar=True,
        require_admin=False,
    )
    await client.call("lovelace/config/save", url_path=URL_PATH, config=build(miners))
    await client.call(
        "frontend/set_system_data", key="core", value={"default_panel": URL_PATH}
    )


def build(miners: Sequence[Miner]) -> dict[str, Any]:
    """Return the whole dashboard."""
    return {
        "views": [
            {
                "title": TITLE,
                "path": "miners",
                "type": "sections",
                "max_columns": len(miners),
                "dense_section_placement": True,
                "sections": [
                    *map(_miner_section, miners),
                    _comparison(miners),
                ],
            }
        ]
    }


def _miner_section(miner: Miner) -> Card:
    """Return the section of one miner."""
    cards = [
        _heading(miner),
        _trend(miner["sensor.hashrate"], "mdi:speedometer", "orange"),
        _trend(miner["sensor.power"], "mdi:flash", "amber"),
        *_details(miner),
        *_boards(miner),
        *_switches(miner),
        *_settings(miner),
        _fallbacks(miner),
    ]
    return {"type": "grid", "cards": cards}


def _heading(miner: Miner) -> Card:
    """Return the title line of a miner, with its status."""
    status = {
        "type": "entity",
        "entity": miner["sensor.status"],
        "color": "green",
    }
    return {
        "type": "heading",
        "heading": miner.title,
        "icon": ICON,
        "badges": [status],
    }


def _details(miner: Miner) -> Iterator[Card]:
    """Yield what else is measured, as far as the miner has it."""
    for key, (name, color) in DETAILS.items():
        if key in miner.entities:
            yield _tile(miner[key], name=name, color=color, grid_options=HALF)


def _boards(miner: Miner) -> Iterator[Card]:
    """Yield a table with a line for each board, if the miner tells of any."""
    boards = miner.boards
    if not boards:
        return
    # Boards of one miner tell the same.
    first = next(iter(boards.values()))
    readings = [reading for reading in READINGS if reading in first]
    lines = [
        ["Board", *(f"{READINGS[one]}<br>{_unit(first[one])}" for one in readings)],
        ["--:" for _ in ("Board", *readings)],
        *([str(n), *map(_value, map(has.get, readings))] for n, has in boards.items()),
    ]
    yield {
        "type": "markdown",
        "content": "\n".join(f"| {' | '.join(line)} |" for line in lines),
        "grid_options": {"columns": 12, "rows": "auto"},
    }


def _unit(entity: str) -> str:
    """Return a template of a sensor's unit."""
    return f"{{{{ state_attr('{entity}', 'unit_of_measurement') }}}}"


def _value(entity: str | None) -> str:
    """Return a template of a sensor's value, without which there is a dash."""
    return f"{{{{ states('{entity}', True) if has_value('{entity}') else '-' }}}}"


def _settings(miner: Miner) -> Iterator[Card]:
    """Yield what can be set, as far as the miner has it."""
    for key, (feature, shown) in SETTINGS.items():
        if key in miner.entities:
            yield _tile(
                miner[key],
                state_content=shown,
                grid_options=WIDE,
                features=[feature],
                features_position="inline",
            )


def _switches(miner: Miner) -> Iterator[Card]:
    """Yield what can be switched, and the network that can be cut."""
    for key in ("switch.mining", "switch.power"):
        if key in miner.entities:
            yield _switch(miner[key])
    yield _switch(miner.device.network_switch, name="Network")


def _switch(entity: str, **options: Any) -> Card:
    """Return a tile with a switch that names who provides it."""
    return _tile(
        entity,
        state_content=["state", "provider"],
        grid_options=WIDE,
        features=[{"type": "toggle"}],
        features_position="inline",
        **options,
    )


def _trend(entity: str, icon: str, color: str) -> Card:
    """Return a tile that names who provides the value, with a graph of it."""
    return _tile(
        entity,
        icon=icon,
        color=color,
        state_content=["state", "provider"],
        grid_options={"columns": 12, "rows": 2},
        features=[{"type": "trend-graph", "hours_to_show": HOURS}],
    )


def _tile(entity: str, **options: Any) -> Card:
    """Return a tile that is named after the entity alone, not its device."""
    return {"type": "tile", "entity": entity, "name": {"type": "entity"}, **options}


def _fallbacks(miner: Miner) -> Card:
    """Return a list of what a fallback serves, shown only while there is one."""
    entity = miner["binary_sensor.degraded"]
    return {
        "type": "markdown",
        "content": FALLBACKS.format(entity=entity),
        "grid_options": {"columns": 12, "rows": "auto"},
        "visibility": [{"condition": "state", "entity": entity, "state": "on"}],
    }


def _comparison(miners: Sequence[Miner]) -> Card:
    """Return the section that compares the miners over time."""
    return {
        "type": "grid",
        "column_span": len(miners),
        "cards": [
            {"type": "heading", "heading": "Compared", "icon": "mdi:chart-line"},
            _graph("Hash rate", _each(miners, {"sensor.hashrate": ""})),
            _graph("Power at the wall", _each(miners, {"sensor.power": ""})),
            _graph("Temperatures", _each(miners, TEMPERATURES)),
            _graph("Status", _each(miners, {"sensor.status": ""}), columns="full"),
        ],
    }


def _each(miners: Sequence[Miner], keys: Mapping[str, str]) -> Iterator[Card]:
    """Yield a line for each miner and key, as far as the miner has it."""
    for key, name in keys.items():
        for miner in miners:
            if key in miner.entities:
                yield {"entity": miner[key], "name": f"{miner.title} {name}".rstrip()}


def _graph(title: str, lines: Iterator[Card], columns: int | str = 12) -> Card:
    """Return a graph over time."""
    return {
        "type": "history-graph",
        "title": title,
        "hours_to_show": HOURS,
        "entities": list(lines),
        "grid_options": {"columns": columns, "rows": "auto"},
    }
