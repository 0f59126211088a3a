"""Miners are seeded as flows would have registered them."""

from random import Random
from typing import Any

from chaos.libraries import ALONE, PACKAGES, Way, ways
from chaos.miners import Miner, _like, _some_of_each
from tools.home.emulators import Device, Plug


def device(number: int) -> Device:
    """Return an emulated miner."""
    label = f"M{number:02} whatsminer"
    plug = Plug(f"{label} plug", f"http://127.1.2.{number + 100}:8080/state")
    return Device(f"m{number:02}-whatsminer", label, f"127.1.2.{number}", plug)


MODEL = Miner(device(2), "whatsminer", entry_id="the-model")
IDS = {
    entity_id: f"id of {entity_id}"
    for number in (2, 12)
    for plug in [device(number).plug]
    for entity_id in (plug.power, plug.energy, plug.switch)
}
MAC = "c8:11:05:01:02:02"


def entry() -> dict[str, Any]:
    """Return the entry that flows made for the model."""
    plug = MODEL.device.plug
    return {
        "entry_id": "the-model",
        "title": MODEL.device.label,
        "unique_id": MAC,
        "subentries": [
            {
                "subentry_id": "network",
                "title": MODEL.network_title,
                "unique_id": MAC,
                "data": {
                    "host": MODEL.device.address,
                    "capabilities": {"mac": MAC, "serial": "HTM31X010202"},
                },
            },
            {
                "subentry_id": "plug",
                "title": plug.name,
                "unique_id": None,
                "data": {"entities": {"power_monitoring": IDS[plug.power]}},
            },
        ],
    }


def test_second_miner_of_some_kinds_is_linked_while_stopped() -> None:
    """Never the one that others of its kind are made after, and others by the seed."""
    kinds = ["a", "b", "c", "d", "a", "b", "c", "a"]
    miners = [Miner(device(number), kind) for number, kind in enumerate(kinds, 1)]
    models = {miner.like: miner for miner in miners[:4]}
    randoms = [Random(seed) for seed in range(20)]  # noqa: S311 - drawn again
    drawn = [_some_of_each(miners, models, random) for random in randoms]
    assert {miner.kind for chosen in drawn for miner in chosen} == {"a", "b", "c"}
    assert all(miner in miners[4:7] for chosen in drawn for miner in chosen)
    assert len({tuple(one.name for one in chosen) for chosen in drawn}) > 1


def test_those_that_are_linked_alike() -> None:
    """A miner with a standby is made after one that has a standby as well."""
    ready = Way(standby=True)
    miners = [Miner(device(1), "a"), *(Miner(device(n), "a", ready) for n in (2, 3))]
    models = {miner.like: miner for miner in miners[:2]}
    drawn = _some_of_each([*miners, Miner(device(4), "a")], models, Random(1))  # noqa: S311
    assert {miner.like for miner in drawn} < {("a", ALONE), ("a", ready)}


def test_ways_of_linking() -> None:
    """What both libraries know is linked in all ways, and two each alike."""
    drawn = ways(["antminer"] * 6 + ["bitaxe", "nano3"], Random(3))  # noqa: S311
    assert drawn[0:6:2] == drawn[1:6:2]
    assert {*drawn[:6]} == {ALONE, Way(standby=True), Way("asic_rs", standby=True)}
    assert drawn[6:] == [ALONE, ALONE]


def test_packages_by_title() -> None:
    """Who is in front and who stands by hangs on how the miner was linked."""
    pyasic, asic_rs = PACKAGES["pyasic"], PACKAGES["asic_rs"]
    for way, packages in {
        ALONE: [pyasic],
        Way(standby=True): [pyasic, asic_rs],
        Way("asic_rs", standby=True): [asic_rs, pyasic],
    }.items():
        titles = Miner(device(2), "whatsminer", way).titles
        assert [*titles] == ["m02 network", "m02 standby"][: len(packages)]
        assert [*titles.values()] == packages
    assert Miner(device(2), "bitaxe").titles == {}


def test_seeded_entry_is_that_of_another_device() -> None:
    """It has its own address, plug and identity, and nothing of the model's."""
    miner = Miner(device(12), "whatsminer")
    before = entry()
    made = _like(before, MODEL, miner, IDS)
    network, plug = made["subentries"]
    assert network["data"]["host"] == "127.1.2.12"
    assert network["unique_id"] == made["unique_id"] == "c8:11:05:01:02:0c"
    assert network["data"]["capabilities"]["serial"] == "HTM31X01020C"
    assert network["title"] == "m12 network"
    assert plug["title"] == "M12 whatsminer plug"
    assert plug["data"]["entities"] == {
        "power_monitoring": "id of sensor.m12_whatsminer_plug_power"
    }
    assert made["title"] == "M12 whatsminer"
    ids = {made["entry_id"], network["subentry_id"], plug["subentry_id"]}
    assert len(ids - {"the-model", "network", "plug"}) == 3
    assert before == entry()
