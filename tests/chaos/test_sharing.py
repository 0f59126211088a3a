"""Some miners are members of a fleet, drawn from the seed."""

from dataclasses import replace
from random import Random

from chaos.miners import Miner
from chaos.schedule import Mode
from chaos.sharing import MOST_SLOWED, MOST_SWITCHED, SLOWS, Sharing, choose_members
from tools.home.emulators import Device, Plug

ABLE = {SLOWS: "number.a", "switch.mining": "switch.a"}
KINDS = [f"kind {number}" for number in range(20)]


def miner(number: int) -> Miner:
    """Return a miner; each fifth one cannot be started and stopped."""
    kind = KINDS[number % len(KINDS)]
    name = f"m{number:02}-{kind}"
    device = Device(name, name, "127.1.2.3", Plug(f"{name} plug", "http://127.1.2.103"))
    entities = ABLE if number % 5 else {SLOWS: "number.a"}
    return Miner(device, kind, entry_id=f"entry {number}", entities=entities)


MINERS = [miner(number) for number in range(1, 41)]


def test_members_of_both_sorts() -> None:
    """Some can be slowed down, some are only to be switched, each of another kind."""
    slowed, switched = choose_members(MINERS, Random(1))  # noqa: S311 - drawn again
    assert (len(slowed), len(switched)) == (MOST_SLOWED, MOST_SWITCHED)
    members = slowed + switched
    assert len({member.kind for member in members}) == len(members)
    assert all("switch.mining" in member.entities for member in members)


def test_same_seed_draws_the_same_members() -> None:
    """Another one draws others."""
    drawn = [
        [member.name for sort in found for member in sort]
        for found in (
            choose_members(MINERS, Random(seed))  # noqa: S311 - drawn again
            for seed in (1, 1, 2)
        )
    ]
    assert drawn[0] == drawn[1] != drawn[2]


def test_few_miners_have_a_small_fleet() -> None:
    """One member is enough, and none where nobody can be ruled."""
    slowed, switched = choose_members(MINERS[:3], Random(1))  # noqa: S311
    assert (len(slowed), len(switched)) == (1, 0)
    blind = [replace(one, entities={}) for one in MINERS]
    assert choose_members(blind, Random(1)) == ([], [])  # noqa: S311


def test_names_of_those_whose_stop_is_told() -> None:
    """They are told by their entries; who is no member is left out."""
    sharing = Sharing("fleet", MINERS[:2], {}, total=6600.0, limit=3000.0)
    told = [
        {"config_entry_id": "entry 2", "outcome": "failed"},
        {"config_entry_id": "another", "outcome": "stopped"},
    ]
    assert sharing.named({"miners": told}) == {"m02": "failed"}
    assert sharing.named({}) == {}


def test_fleet_rules_while_it_acts_or_has_stopped_all() -> None:
    """In no other mode, it may tell anybody anything."""
    sharing = Sharing("fleet", MINERS[:2], {}, total=6600.0, limit=3000.0)
    ruling = {}
    for mode in Mode:
        sharing.mode = mode
        ruling[mode.value] = sharing.is_ruling
    assert ruling == {"off": False, "observe": False, "budget": True, "surplus": True}
    sharing.mode, sharing.is_latched = Mode.OFF, True
    assert sharing.is_ruling
