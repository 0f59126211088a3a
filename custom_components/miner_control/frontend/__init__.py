"""What the dashboard needs: the cards themselves, and the commands that they send."""

from homeassistant.core import HomeAssistant

from .resource import async_list, async_remove, async_serve
from .websocket import async_register_commands

__all__ = ["async_list", "async_remove", "async_setup_frontend"]


async def async_setup_frontend(hass: HomeAssistant) -> None:
    """Serve the cards, and answer what they ask for."""
    async_register_commands(hass)
    await async_serve(hass)
