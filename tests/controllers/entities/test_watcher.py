"""Entities are followed, whatever becomes of them."""

from collections.abc import Iterator

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.miner_control.controllers.entities.controller import (
    EntitiesController,
)
from custom_components.miner_control.controllers.errors import (
    ControllerUnreachableError,
)
from custom_components.miner_control.domain.features import MinerFeatureType as F
from custom_components.miner_control.domain.values import Power

from .conftest import Choose, Measure

METER = "sensor.plug_power"


class News(list[None]):
    """Whatever was announced and not looked at yet."""

    def heard(self) -> int:
        """Return how much was announced since the last look."""
        found = len(self)
        self.clear()
        return found


@pytest.fixture
def registered(hass: HomeAssistant) -> er.RegistryEntry:
    """Return a meter that is in the registry."""
    return er.async_get(hass).async_get_or_create(
        "sensor", "plug", "meter", suggested_object_id="plug_power"
    )


@pytest.fixture
def by_registry(choose: Choose, registered: er.RegistryEntry) -> EntitiesController:
    """Return a controller that knows the meter by its registry id."""
    return choose({F.POWER_MONITORING: registered.id})


@pytest.fixture
def by_name(choose: Choose) -> EntitiesController:
    """Return a controller that knows a meter by its name alone."""
    return choose({F.POWER_MONITORING: METER})


@pytest.fixture
def news(by_registry: EntitiesController) -> Iterator[News]:
    """Return what the meter in the registry announces."""
    found = News()
    stop = by_registry.async_subscribe(lambda: found.append(None))
    yield found
    stop()


async def watts(controller: EntitiesController) -> float | None:
    """Return the watts that a controller reads."""
    power = (await controller.async_refresh(controller.features)).power
    return power.watts if power else None


async def test_new_state_is_announced(
    hass: HomeAssistant, news: News, by_registry: EntitiesController, measure: Measure
) -> None:
    """A new value is there at once."""
    measure(METER, 5, "W")
    await hass.async_block_till_done()
    assert news.heard() == 1
    assert await watts(by_registry) == 5


async def test_states_of_others_are_not(
    hass: HomeAssistant, news: News, measure: Measure
) -> None:
    """Entities that nobody chose are none of its business."""
    measure("sensor.other", 5, "W")
    await hass.async_block_till_done()
    assert news.heard() == 0


async def test_renamed_entity_is_followed(
    hass: HomeAssistant,
    news: News,
    by_registry: EntitiesController,
    registered: er.RegistryEntry,
    measure: Measure,
) -> None:
    """A registered entity is known by more than its name."""
    measure(METER, 5, "W")
    er.async_get(hass).async_update_entity(
        registered.entity_id, new_entity_id="sensor.heater"
    )
    hass.states.async_remove(METER)
    await hass.async_block_till_done()
    assert news.heard() >= 2
    measure("sensor.heater", 7, "W")
    await hass.async_block_till_done()
    assert news.heard() == 1
    assert await watts(by_registry) == 7
    measure(METER, 9, "W")
    await hass.async_block_till_done()
    assert news.heard() == 0
    assert await watts(by_registry) == 7


async def test_removed_entity_is_missed(
    hass: HomeAssistant,
    news: News,
    by_registry: EntitiesController,
    registered: er.RegistryEntry,
    measure: Measure,
) -> None:
    """What is gone is out of reach, even if somebody else takes its name."""
    measure(METER, 5, "W")
    er.async_get(hass).async_remove(registered.entity_id)
    await hass.async_block_till_done()
    assert news.heard() >= 1
    with pytest.raises(ControllerUnreachableError):
        await watts(by_registry)


async def test_restored_entity_is_found_again(
    hass: HomeAssistant,
    news: News,
    by_registry: EntitiesController,
    registered: er.RegistryEntry,
    measure: Measure,
) -> None:
    """The registry gives an entity its old id when it comes back."""
    registry = er.async_get(hass)
    registry.async_remove(registered.entity_id)
    await hass.async_block_till_done()
    news.heard()
    restored = registry.async_get_or_create("sensor", "plug", "meter")
    assert restored.id == registered.id
    await hass.async_block_till_done()
    assert news.heard() == 1
    measure(METER, 6, "W")
    await hass.async_block_till_done()
    assert news.heard() == 1
    assert await watts(by_registry) == 6


async def test_entity_that_was_gone_from_the_beginning_is_found_again(
    hass: HomeAssistant, choose: Choose, measure: Measure
) -> None:
    """It may be removed, and be back only after Home Assistant was started again."""
    registry = er.async_get(hass)
    meter = registry.async_get_or_create("sensor", "plug", "meter")
    registry.async_remove(meter.entity_id)
    controller = choose({F.POWER_MONITORING: meter.id})
    found = News()
    stop = controller.async_subscribe(lambda: found.append(None))
    other = registry.async_get_or_create("sensor", "plug", "other")
    registry.async_update_entity(other.entity_id, name="Other")
    await hass.async_block_till_done()
    assert found.heard() == 0
    restored = registry.async_get_or_create("sensor", "plug", "meter")
    await hass.async_block_till_done()
    assert found.heard() == 1
    measure(restored.entity_id, 6, "W")
    await hass.async_block_till_done()
    assert found.heard() == 1
    assert await watts(controller) == 6
    stop()


async def test_entity_that_appears_later(
    hass: HomeAssistant, by_name: EntitiesController, measure: Measure
) -> None:
    """Its integration may be set up after ours."""
    found = News()
    stop = by_name.async_subscribe(lambda: found.append(None))
    measure(METER, 5, "W")
    await hass.async_block_till_done()
    assert found.heard() == 1
    assert await watts(by_name) == 5
    hass.states.async_remove(METER)
    await hass.async_block_till_done()
    assert found.heard() == 1
    with pytest.raises(ControllerUnreachableError):
        await watts(by_name)
    stop()


async def test_reference_that_leads_nowhere(
    hass: HomeAssistant, choose: Choose
) -> None:
    """An entity that was removed while Home Assistant was off is out of reach."""
    controller = choose({F.POWER_MONITORING: "0123456789abcdef0123456789abcdef"})
    stop = controller.async_subscribe(lambda: None)
    with pytest.raises(ControllerUnreachableError):
        await watts(controller)
    stop()


async def test_entity_with_two_roles_is_announced_once(
    hass: HomeAssistant, choose: Choose, measure: Measure
) -> None:
    """One change is one piece of news."""
    controller = choose(
        {
            F.FAN_SPEED_EXTERNAL_MONITORING: "sensor.fan",
            F.FAN_SPEED_INTERNAL_MONITORING: "sensor.fan",
        }
    )
    found = News()
    stop = controller.async_subscribe(lambda: found.append(None))
    measure("sensor.fan", 900, "rpm")
    await hass.async_block_till_done()
    assert found.heard() == 1
    stop()


async def test_nothing_is_announced_after_the_end(
    hass: HomeAssistant,
    by_registry: EntitiesController,
    registered: er.RegistryEntry,
    measure: Measure,
) -> None:
    """Who does not listen any more hears nothing."""
    found = News()
    stop = by_registry.async_subscribe(lambda: found.append(None))
    stop()
    stop()
    measure(METER, 5, "W")
    er.async_get(hass).async_update_entity(
        registered.entity_id, new_entity_id="sensor.heater"
    )
    await hass.async_block_till_done()
    assert found.heard() == 0
    assert by_registry.snapshot.power is None
    measure("sensor.heater", 5, "W")
    assert (await by_registry.async_refresh(by_registry.features)).power == Power(5)
