"""The flow that entries need to be loaded; nobody starts it."""

from homeassistant.config_entries import ConfigFlow

from . import DOMAIN


class UsualWayConfigFlow(ConfigFlow, domain=DOMAIN):
    """Hold the version of entries."""

    VERSION = 1
