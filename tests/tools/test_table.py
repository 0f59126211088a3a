"""Plain text tables."""

from tools.home.table import render


def test_columns_are_aligned() -> None:
    """Every column is as wide as its widest cell."""
    table = render(("name", "value"), [("a", "1"), ("a longer name", "22")])

    assert table.splitlines() == [
        "name           value",
        "-------------  -----",
        "a              1",
        "a longer name  22",
    ]
