"""Register what was found: one miner by its features, or several at once."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from homeassistant.config_entries import (
    SOURCE_IMPORT,
    ConfigFlow,
    ConfigFlowContext,
    ConfigFlowResult,
)
from homeassistant.core import HomeAssistant

from ..const import DOMAIN
from ..storage.bindings import default_bindings
from .link import Link, is_linked, numbered
from .link_steps import LinkSteps

CONF_LINK = "link"


class RegisterSteps(LinkSteps[ConfigFlowContext, ConfigFlowResult, str], ConfigFlow):
    """Register devices that were found without their addresses being entered.

    One alone is asked for its features as usual. A form for each of many would help
    nobody, so that several get what these forms would offer.
    """

    # A question about each of many would help nobody either.
    _is_one_of_many = False

    async def register(self, links: Iterable[Link]) -> ConfigFlowResult:
        """Register the first device by this flow and each other by a flow of its own.

        A flow can make one entry only.
        """
        first, *others = told_apart(self.hass, links)
        if not others:
            self._link = first
            return await self.async_step_features()
        for link in others:
            self.hass.async_create_task(
                self.hass.config_entries.flow.async_init(
                    DOMAIN, context={"source": SOURCE_IMPORT}, data={CONF_LINK: link}
                ),
                f"register {link.title}",
            )
        return await self._register_at_once(first)

    async def async_step_import(self, import_data: dict[str, Any]) -> ConfigFlowResult:
        """Register one of several devices that were chosen together."""
        return await self._register_at_once(import_data[CONF_LINK])

    async def _register_at_once(self, link: Link) -> ConfigFlowResult:
        """Register a device with the bindings that its form would offer."""
        self._is_one_of_many = True
        if is_linked(self.hass, link):
            return self.async_abort(reason="already_configured")
        bindings = default_bindings(link.controller_type, link.capabilities)
        return await self.finish_link(link, bindings)


def told_apart(hass: HomeAssistant, links: Iterable[Link]) -> Sequence[Link]:
    """Return devices with titles that no other miner has."""
    taken = {entry.title for entry in hass.config_entries.async_entries(DOMAIN)}
    different = []
    for link in links:
        title = numbered(link.title, taken)
        taken.add(title)
        different.append(replace(link, title=title))
    return different
