"""Home Assistant's core in this process, with the integration."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from homeassistant import bootstrap, loader
from homeassistant.config_entries import ConfigEntries
from homeassistant.core import HomeAssistant
from homeassistant.core_config import async_process_ha_core_config
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util

# What every Home Assistant has, and what the integration finds hosts by.
_CORE: Final = ("homeassistant", "persistent_notification", "network")

# Where the system has it, a folder that is no disk: storing waits for the disk, often.
_MEMORY: Final = Path("/dev/shm")  # noqa: S108


@asynccontextmanager
async def home(
    components: Mapping[str, Any] | None = None, **core: Any
) -> AsyncIterator[HomeAssistant]:
    """Return a running Home Assistant that has some components set up.

    `core` is what its own section of configuration.yaml says.
    """
    zone = dt_util.get_default_time_zone()
    memory = _MEMORY if _MEMORY.is_dir() else None
    with TemporaryDirectory(prefix="hurried-home-", dir=memory) as folder:
        hass = HomeAssistant(folder)
        hass.config.skip_pip = True
        config = {"homeassistant": {"time_zone": "UTC", **core}, **(components or {})}
        hass.config_entries = ConfigEntries(hass, config)
        loader.async_setup(hass)
        await loader.async_get_custom_components(hass)
        await bootstrap.async_load_base_functionality(hass)
        await async_process_ha_core_config(hass, config["homeassistant"])
        for domain in (*_CORE, *(components or {})):
            if not await async_setup_component(hass, domain, config):
                raise RuntimeError(f"{domain} could not be set up")
        await hass.async_start()
        try:
            await hass.async_block_till_done()
            yield hass
        finally:
            await hass.async_stop(force=True)
            dt_util.set_default_time_zone(zone)
