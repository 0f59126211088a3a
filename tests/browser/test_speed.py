"""How fast the cards are, beside tiles of Home Assistant. Measured, never asserted.

MEASURE_CARDS=1 scripts/test tests/browser/test_speed.py -s prints what stands in
docs/dashboard.md.
"""

import os
from typing import Final

import pytest

from .dashboard import MINER_CARD, Dashboard, make_dashboard, remove_dashboards
from .frontend import INTEGRATION_PAGE, Frontend
from .home import House

pytestmark = [
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(
        not os.environ.get("MEASURE_CARDS"), reason="only on a quiet machine"
    ),
]

MINERS: Final = 100
ROUNDS: Final = 9

# Draw cards for miners that are copies of a real one, then change one of their states.
_MEASURE: Final = """
async ([count, type]) => {
    const real = document.querySelector("home-assistant").hass;
    const ours = Object.values(real.entities)
        .filter(({ platform }) => platform === "miner_control");
    const { device_id: source } = ours.find(one => one.translation_key === "hashrate");
    const states = { ...real.states }, entities = {}, devices = {}, watched = [];
    for (let n = 0; n < count; n++) {
        devices[`m${n}`] = { ...real.devices[source], id: `m${n}`, name: `Miner ${n}` };
        for (const one of ours.filter(({ device_id }) => device_id === source)) {
            const id = one.entity_id.replace(".", `.m${n}_`);
            entities[id] = { ...one, entity_id: id, device_id: `m${n}` };
            if (real.states[one.entity_id]) {
                states[id] = { ...real.states[one.entity_id], entity_id: id };
            }
            if (one.translation_key === "hashrate") watched.push(id);
        }
    }
    const hass = { ...real, states, entities, devices };
    const { createCardElement } = await loadCardHelpers();
    const configs = watched.map((entity, n) => type === "tile"
        ? { type, entity } : { type, device_id: `m${n}` });
    const host = document.createElement("div");
    document.body.append(host);
    const drawn = async cards => {
        await Promise.all(cards.map(card => card.updateComplete));
        await new Promise(done => setTimeout(done));
        host.getBoundingClientRect();
    };
    const times = async action => {
        const start = performance.now();
        await drawn(action());
        return performance.now() - start;
    };
    let cards = [];
    const draw = await times(() => cards = configs.map(config => {
        const card = createCardElement(config);
        card.hass = hass;
        host.append(card);
        return card;
    }));
    // Those in sight add what they do not need for their first picture.
    await new Promise(done => requestAnimationFrame(() => setTimeout(done, 500)));
    const changed = { ...states[watched[0]], state: "1" };
    const next = { ...hass, states: { ...states, [watched[0]]: changed } };
    const change = await times(() => cards.map(card => (card.hass = next, card)));
    const other = { ...next, states: { ...next.states, "sun.sun": {} } };
    const nothing = await times(() => cards.map(card => (card.hass = other, card)));
    host.remove();
    return [draw, change, nothing];
}
"""


async def test_cards_beside_tiles(house: House, frontend: Frontend) -> None:
    """Print how long 100 cards take, and 100 tiles."""
    dashboard = Dashboard(frontend.page, house.base)
    await house.add_simulated("Garage")
    await make_dashboard(house)
    try:
        await dashboard.open()
        await dashboard.card("Garage").locator(".title").click()
        await frontend.page.locator("hui-tile-card").first.wait_for()
        kinds = (f"custom:{MINER_CARD}", "tile")
        found: dict[str, list[list[float]]] = {kind: [] for kind in kinds}
        # In turns, so that whatever else the machine does hits both.
        for _ in range(ROUNDS):
            for kind in kinds:
                found[kind].append(
                    await frontend.page.evaluate(_MEASURE, [MINERS, kind])
                )
        for kind, rounds in found.items():
            draw, change, nothing = (
                # Whatever else the machine does only makes it slower.
                min(times)
                for times in zip(*rounds, strict=True)
            )
            print(  # noqa: T201 - that is what it is for
                f"\n{MINERS} x {kind}: drawn in {draw:.1f} ms, one changed in "
                f"{change:.2f} ms, none changed in {nothing:.2f} ms"
            )
        # Before the dashboard goes, that is.
        await frontend.open(INTEGRATION_PAGE)
    finally:
        await remove_dashboards(house)
