"""The fleet and the heater, as the flows of Home Assistant make them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import pytest

from demo import fleet, heater, sun
from tools.home.client import Client, Json
from tools.home.errors import HomeError
from tools.home.flows import ENTRY_FLOW, OPTIONS_FLOW, SUBENTRY_FLOW
from tools.home.miners import ESSENTIAL, Miner

FLEET = "fleet"
SET = {"type": "abort", "reason": "reconfigure_successful"}
END = {"type": "create_entry", "title": "Done", "result": {"entry_id": FLEET}}


def form(step: str) -> Json:
    """Return a form that a flow shows."""
    return {"type": "form", "step_id": step, "flow_id": "1", "data_schema": []}


def menu(step: str) -> Json:
    """Return a menu that a flow shows."""
    return {"type": "menu", "step_id": step, "flow_id": "1"}


class FlowsClient:
    """Play flows by what they are for, and keep what was answered."""

    def __init__(self, entry_id: str, keys: set[str]) -> None:
        """Have an entry with some entities."""
        self._steps: list[Json] = []
        self._entities = [
            {
                "entity_id": key.replace(".", ".some_", 1),
                "unique_id": f"{entry_id}_{key.partition('.')[2]}",
                "config_entry_id": entry_id,
                "config_subentry_id": None,
                "disabled_by": None,
            }
            for key in keys
        ]
        self.begun: list[tuple[str, Json]] = []
        self.answers: list[Json] = []
        self.acts: list[Mapping[str, Any]] = []

    def _flow(self, path: str, body: Json) -> list[Json]:
        """Return the steps of a flow."""
        if path == ENTRY_FLOW:
            return [menu("user"), form("fleet"), form("grid"), form("grid_sign"), END]
        if path == OPTIONS_FLOW:
            step = "timing" if body["handler"] == FLEET else "heating"
            return [menu("init"), form(step), END]
        if "subentry_id" in body:
            return [form("member"), SET]
        return [form("entities"), form("features"), END]

    async def post(self, path: str, body: Json) -> Json:
        """Begin a flow, or take an answer."""
        if "handler" in body:
            self.begun.append((path, body))
            self._steps = self._flow(path, body)
        else:
            self.answers.append(body)
        return self._steps.pop(0)

    async def call(self, command: str, **_: Any) -> Any:
        """List what there is."""
        if command == "config/entity_registry/list":
            return self._entities
        assert command == "config_entries/subentries/list"
        return [
            {"unique_id": f"entry-{name}", "subentry_id": f"sub-{name}"}
            for name in fleet.MEMBERS
        ]

    async def act(self, domain: str, service: str, **data: Any) -> None:
        """Keep what is to be done."""
        self.acts.append({"action": f"{domain}.{service}", **data})


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask without a pause."""
    monkeypatch.setattr("tools.home.miners.ENTITIES_POLL", 0.0)


@pytest.fixture
def members(miner: Miner) -> list[Miner]:
    """Return the members of the fleet."""
    return [
        replace(
            miner, entry_id=f"entry-{name}", device=replace(miner.device, name=name)
        )
        for name in fleet.MEMBERS
    ]


async def test_fleet_follows_the_meter(members: list[Miner]) -> None:
    """It is made of the members, and set so that people need not wait."""
    client = FlowsClient(FLEET, fleet.ESSENTIAL)

    made = await fleet.found(cast("Client", client), members)

    assert client.begun == [
        (ENTRY_FLOW, {"handler": "miner_control"}),
        *(
            (
                SUBENTRY_FLOW,
                {"handler": [FLEET, "member"], "subentry_id": f"sub-{name}"},
            )
            for name in fleet.MEMBERS
        ),
        (OPTIONS_FLOW, {"handler": FLEET}),
    ]
    assert client.answers[1]["members"] == ["entry-solar-asic", "entry-solar-nano"]
    assert client.answers[1]["mode"] == "surplus"
    assert client.answers[2:4] == [{"grid_sensor": sun.GRID}, {"positive": "import"}]
    big, small = client.answers[4:6]
    assert big["priority"] > small["priority"]
    assert small["ceiling"] < 150
    assert big["min_on"] == big["min_off"] == 0
    assert made["sensor.decision"] == "sensor.some_decision"
    with pytest.raises(HomeError, match=r"Solar fleet has no entity button\.none"):
        made["button.none"]


async def test_heater_heats_its_own_room(miner: Miner) -> None:
    """The room's sensor is linked before the thermostat is asked for."""
    client = FlowsClient("entry", {*ESSENTIAL, heater.THERMOSTAT})

    warm = await heater.set_up(cast("Client", client), miner)

    assert client.begun == [
        (SUBENTRY_FLOW, {"handler": ["entry", "entities"]}),
        (OPTIONS_FLOW, {"handler": "entry"}),
    ]
    linked, _, _, heating = client.answers
    assert linked["room_temperature_monitoring"] == "sensor.bitaxe_room"
    assert heating["enabled"] is True
    thermostat = "climate.some_thermostat"
    assert warm[heater.THERMOSTAT] == thermostat
    assert client.acts == [
        {
            "action": "climate.set_hvac_mode",
            "entity_id": thermostat,
            "hvac_mode": "heat",
        }
    ]
