"""The cards are served, and listed as a resource of the dashboards."""

import gzip
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.miner_control.const import DOMAIN
from custom_components.miner_control.frontend import resource

from .bench import ENTRY_ID, Bench
from .controllers import simulation

URL = "/miner_control/miner-control.js"
YAML: dict[str, Any] = {"lovelace": {"resource_mode": "yaml"}}
ISSUE = (DOMAIN, "resource_in_yaml")


async def set_up(hass: HomeAssistant, **lovelace: Any) -> Bench:
    """Return a miner in a Home Assistant that has dashboards."""
    assert await async_setup_component(hass, "http", {})
    assert await async_setup_component(hass, "lovelace", lovelace)
    bench = Bench(hass, simulation())
    await bench.set_up()
    return bench


async def listed(hass: HomeAssistant) -> list[str]:
    """Return the addresses of all resources."""
    resources = hass.data["lovelace"].resources
    await resources.async_get_info()
    return [item["url"] for item in resources.async_items()]


async def test_cards_are_listed_once(hass: HomeAssistant) -> None:
    """The first miner brings them, a reload and a second one change nothing."""
    miner = await set_up(hass)
    (url,) = await listed(hass)
    assert url.startswith(f"{URL}?v=")
    await hass.config_entries.async_reload(ENTRY_ID)
    await Bench(hass, simulation(), title="Second", entry_id="02MINER").set_up()
    await miner.settle()
    assert await listed(hass) == [url]


async def test_they_go_with_the_last_miner(hass: HomeAssistant) -> None:
    """While there is another miner they stay; they come back with a new one."""
    await set_up(hass)
    await Bench(hass, simulation(), title="Second", entry_id="02MINER").set_up()
    before = await listed(hass)
    await hass.config_entries.async_remove(ENTRY_ID)
    assert await listed(hass) == before
    await hass.config_entries.async_remove("02MINER")
    assert await listed(hass) == []
    await Bench(hass, simulation(), title="Third", entry_id="03MINER").set_up()
    await hass.async_block_till_done()
    assert await listed(hass) == before


async def test_other_resources_stay(hass: HomeAssistant) -> None:
    """An older version is replaced, a twin goes, and nothing else is touched."""
    assert await async_setup_component(hass, "http", {})
    assert await async_setup_component(hass, "lovelace", {})
    resources = hass.data["lovelace"].resources
    others = ["/local/other.js", f"{URL}x", f"/local{URL}"]
    for url in (*others, f"{URL}?v=1", URL):
        await resources.async_create_item({"res_type": "module", "url": url})
    await Bench(hass, simulation()).set_up()
    await hass.async_block_till_done()
    *kept, ours = await listed(hass)
    assert kept == others
    assert ours.startswith(f"{URL}?v=")
    assert ours != f"{URL}?v=1"
    await hass.config_entries.async_remove(ENTRY_ID)
    assert await listed(hass) == others


async def test_resources_in_yaml_are_asked_for(hass: HomeAssistant) -> None:
    """What only the user can write is told, and forgotten with the last miner."""
    await set_up(hass, **YAML)
    issue = ir.async_get(hass).async_get_issue(*ISSUE)
    assert issue
    assert issue.translation_placeholders == {"url": URL}
    await hass.config_entries.async_remove(ENTRY_ID)
    assert ir.async_get(hass).async_get_issue(*ISSUE) is None


async def test_resources_in_yaml_that_are_there(hass: HomeAssistant) -> None:
    """Who has written the two lines is not asked for them."""
    ours = {"url": URL, "type": "module"}
    config = {"lovelace": {"resource_mode": "yaml", "resources": [ours]}}
    await set_up(hass, **config)
    assert ir.async_get(hass).async_get_issue(*ISSUE) is None
    assert await listed(hass) == [URL]


async def test_home_assistant_without_dashboards(hass: HomeAssistant) -> None:
    """Whoever has none has miners all the same."""
    await Bench(hass, simulation()).set_up()
    await hass.config_entries.async_remove(ENTRY_ID)


@pytest.mark.parametrize("name", ["miner-control.js", "texts/de.json"])
async def test_they_are_served_compressed(
    hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator, name: str
) -> None:
    """A browser gets the small files, and what is in them is what stands beside."""
    await set_up(hass)
    client = await hass_client_no_auth()
    answer = await client.get(
        f"/miner_control/{name}", headers={"Accept-Encoding": "gzip"}
    )
    assert answer.status == 200
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "max-age" in answer.headers["Cache-Control"]
    shipped = Path(resource.__file__).parent / "static" / name
    assert await answer.read() == shipped.read_bytes()
    compressed = shipped.with_name(f"{shipped.name}.gz").read_bytes()
    assert gzip.decompress(compressed) == shipped.read_bytes()


async def test_server_that_takes_no_more_paths(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A miner loads without its cards, and it is said why there are none."""
    assert await async_setup_component(hass, "http", {})
    await hass_client()
    miner = Bench(hass, simulation())
    await miner.set_up()
    assert miner.sensor("status").state == "on"
    assert "The cards for dashboards cannot be served" in caplog.text
