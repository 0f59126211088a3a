"""What became of the surplus, as a table."""

from collections.abc import Callable, Mapping

from .run import Week


def as_table(weeks: Mapping[str, Week]) -> str:
    """Return the figures of all that drove the miners, side by side."""
    rows: list[tuple[str, Callable[[Week], str], str]] = [
        ("usable surplus that was used", lambda w: f"{w.used_share:.1%}", "90%"),
        (
            "the miners' energy that came from the grid",
            lambda w: f"{w.grid_share:.1%}",
            "2%",
        ),
        ("most starts of one miner in a day", lambda w: str(w.most_starts), "6"),
        ("surplus used, in kWh", lambda w: f"{w.used:.0f}", ""),
        ("bought from the grid, in kWh", lambda w: f"{w.bought:.1f}", ""),
        (
            "miners whose pools are others than before",
            lambda w: str(len(w.changed_pools)),
            "0",
        ),
    ]
    each = weeks.values()
    head = ["a week", *weeks, "goal"]
    lines = [head, ["---"] * len(head)]
    lines += [[name, *map(value, weeks.values()), goal] for name, value, goal in rows]
    names = next(iter(weeks.values())).starts
    lines += [
        [f"starts in a week: {name}", *(str(sum(w.starts[name])) for w in each), ""]
        for name in names
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
