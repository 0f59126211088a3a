"""Who is above whom when several say what a miner does."""

from custom_components.miner_control.domain.authority import Authority, Origin


def test_what_protects_stands_above_what_pleases() -> None:
    """Nobody's wish goes above a limit, and no limit above the emergency stop."""
    assert sorted(Authority, reverse=True) == [
        Authority.EMERGENCY_STOP,
        Authority.HARD_CAP,
        Authority.CIRCUIT,
        Authority.LOST_SENSOR,
        Authority.FROST_PROTECTION,
        Authority.PERSON,
        Authority.FLEET,
        Authority.THERMOSTAT,
    ]


def test_every_origin_has_an_authority() -> None:
    """Whoever may give commands has a place in the order."""
    assert {origin.name for origin in Origin} < {level.name for level in Authority}
