"""Two builds are compared on equal terms."""

from dataclasses import replace

from benchmarks import against
from benchmarks.devices import Device
from benchmarks.seeds import as_first_version, entry_without_device, our_entry
from custom_components.miner_control.controllers.base import Capabilities

from .test_benchmarks import SEEN

DEVICE = Device("device0", "bitaxe", "127.0.0.1", "02:00:00:00:00:01")


def test_entries_are_those_of_the_first_version() -> None:
    """Its network devices had their protocol for a type; the rest was as it is."""
    known = Capabilities(features=frozenset())
    entry = as_first_version(our_entry(0, DEVICE, known, 3))
    assert entry["version"] == 1
    types = [one["subentry_type"] for one in entry["subentries"]]
    assert types == ["pyasic", "entities", "simulated"]


def test_miner_without_a_device() -> None:
    """It has a plug and a simulation, and a version that is read as it is."""
    entry = entry_without_device(3)
    types = [one["subentry_type"] for one in entry["subentries"]]
    assert (types, entry["version"]) == (["entities", "simulated"], 2)


def test_ratios_are_above_an_empty_home_assistant() -> None:
    """What it needs anyway is taken off; a stall is what it is."""
    rounds = {
        "empty": [replace(SEEN, cpu_share=0.1, memory=200)],
        "revision": [replace(SEEN, cpu_share=0.5, memory=300, start_stall_of_work=80)],
        "this": [replace(SEEN, cpu_share=0.3, memory=250, start_stall_of_work=20)],
    }
    rows = against._table(rounds, usual=False).splitlines()[2:]
    ratios = {row.split(" | ")[0]: row.split(" | ")[-1] for row in rows}
    assert ratios["| processor share above an empty Home Assistant"] == "0.50 |"
    assert ratios["| memory above an empty Home Assistant, MB"] == "0.50 |"
    assert ratios["| longest stall of work at the start, ms"] == "0.25 |"
