"""Repair a controller whose device was exchanged, has moved, or can do better."""

from asyncio import Task
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from homeassistant.components.repairs import RepairsFlowResult
from homeassistant.components.repairs.models import RepairsFlowContext
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import CONF_HOST
from homeassistant.helpers.selector import BooleanSelector, TextSelector
import voluptuous as vol

from ...const import CONF_FEATURES, CONF_PRIORITY, CONF_PROTOCOL, CONF_STANDBY, LOGGER
from ...controllers import Found, better_protocols, protocol_label
from ...controllers.errors import ControllerError
from ...storage.bindings import stored_capabilities
from ...watch.firmware import is_same_device
from ...watch.protocols import answers_as
from ..attempts import AttemptSteps
from ..link import (
    Joining,
    RefusedError,
    free_unique_id,
    miner_with_host,
    miner_with_mac,
    release_mac,
)
from ..link_steps import Input
from ..repair import CONFIRM_SCHEMA, ControllerRepairFlow, with_capabilities
from .lookup import identify_device

_STANDBY_SCHEMA: Final = vol.Schema(
    {vol.Required(CONF_STANDBY, default=False): BooleanSelector()}
)
_ADDRESS_SCHEMA = vol.Schema({vol.Required(CONF_HOST): TextSelector()})


class _NetworkRepairFlow(
    AttemptSteps[RepairsFlowContext, RepairsFlowResult, str], ControllerRepairFlow
):
    """Identify what answers at the address of a controller."""

    @property
    def _host(self) -> str:
        """Return the address of the controller."""
        host: str = self._subentry.data[CONF_HOST]
        return host

    async def _identify(self, host: str) -> Found:
        """Return what answers at an address, by the same protocol if it speaks that.

        Raises RefusedError if nothing fits.
        """
        connection = {**self._subentry.data, CONF_HOST: host}
        try:
            return await identify_device(
                self.hass, connection, connection.get(CONF_PROTOCOL)
            )
        except RefusedError:
            return await identify_device(self.hass, connection)

    def _with_device(self, found: Found, host: str) -> dict[str, Any]:
        """Return the data of the controller with a device at an address."""
        unit = stored_capabilities(self._subentry).hashrate_unit
        # A unit that changed would spoil the statistics.
        known = replace(
            found.capabilities, hashrate_unit=unit or found.capabilities.hashrate_unit
        )
        cls = found.controller_type
        data = {
            **self._subentry.data,
            CONF_HOST: host,
            CONF_PROTOCOL: cls.protocol,
        }
        return with_capabilities(self._subentry, cls, data, known)

    def _refuse_linked(self, found: Found) -> None:
        """Raise RefusedError if a device is that of another controller."""
        if found.capabilities.mac == stored_capabilities(self._subentry).mac:
            return
        joining = self._joining(found)
        if miner_with_mac(self.hass, joining.mac, joining=joining) is not None:
            raise RefusedError({CONF_HOST: "already_linked"})

    def _joining(self, found: Found) -> Joining:
        """Return what the controller is to be: it may share its device with another."""
        return Joining.found(
            self._entry, found.controller_type.protocol, found.capabilities.mac
        )


class OtherFirmwareFlow(_NetworkRepairFlow):
    """Take up what the linked device is, now that it runs other firmware."""

    async def async_step_init(self, _: Input = None) -> RepairsFlowResult:
        """Go to the only step."""
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: Input = None) -> RepairsFlowResult:
        """Identify the device anew when the user agrees."""
        if user_input is not None:
            return await self.carry_out(self._identify(self._host), self._take_up)
        return self._ask()

    async def _take_up(self, identified: Task[Found]) -> RepairsFlowResult:
        """Store what the device is, if it is the same one."""
        try:
            found = identified.result()
        except RefusedError as err:
            return self._ask(next(iter(err.errors.values())))
        if is_same_device(stored_capabilities(self._subentry), found.capabilities):
            return self._store(self._with_device(found, self._host))
        return self._ask("another_device")

    def _ask(self, error: str | None = None) -> RepairsFlowResult:
        """Ask whether to identify the device, and say what went wrong before."""
        return self.async_show_form(
            step_id="confirm",
            data_schema=CONFIRM_SCHEMA,
            errors={"base": error} if error else {},
            description_placeholders=self._placeholders(),
        )


class BetterConnectionFlow(_NetworkRepairFlow):
    """Reach the linked device by a better protocol, and by both if the user wants."""

    async def async_step_init(self, _: Input = None) -> RepairsFlowResult:
        """Go to the only step."""
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: Input = None) -> RepairsFlowResult:
        """Find the device by the better protocol when the user agrees."""
        if user_input is None:
            return self._ask()

        async def change_over(better: Task[Found]) -> RepairsFlowResult:
            """Store what was found, as the user wants it."""
            try:
                found = better.result()
            except RefusedError as err:
                return self._ask(user_input, next(iter(err.errors.values())))
            return self._change_over(found, standby=user_input[CONF_STANDBY])

        return await self.carry_out(self._better(), change_over)

    def _ask(
        self, user_input: Input = None, error: str | None = None
    ) -> RepairsFlowResult:
        """Ask whether to change over, and say what went wrong before."""
        return self.async_show_form(
            step_id="confirm",
            data_schema=self.add_suggested_values_to_schema(
                _STANDBY_SCHEMA, user_input
            ),
            errors={"base": error} if error else {},
            description_placeholders=self._placeholders(),
        )

    async def _better(self) -> Found:
        """Return the linked device as the best protocol finds it.

        Raises RefusedError if none does, or if it is another device.
        """
        known = stored_capabilities(self._subentry)
        refused = RefusedError({CONF_HOST: "not_a_miner"})
        for cls in better_protocols(self._subentry.data[CONF_PROTOCOL], known):
            try:
                found = await identify_device(
                    self.hass, self._subentry.data, cls.protocol
                )
            except RefusedError as err:
                refused = err
                continue
            if not answers_as(known, found.capabilities):
                raise RefusedError({CONF_HOST: "another_device"})
            self._refuse_linked(found)
            return found
        raise refused

    def _change_over(self, found: Found, *, standby: bool) -> RepairsFlowResult:
        """Store the better protocol instead of the present one, which may follow it."""
        before = dict(self._subentry.data)
        after = self._with_device(found, self._host)
        mac = found.capabilities.mac
        unique_id = free_unique_id(self._entry, mac, self._subentry)
        result = self._store(after, unique_id=unique_id)
        if standby:
            label = protocol_label(before[CONF_PROTOCOL])
            self.hass.config_entries.async_add_subentry(
                self._entry,
                ConfigSubentry(
                    data=MappingProxyType(_behind(before, after)),
                    subentry_type=self._subentry.subentry_type,
                    title=f"{self._subentry.title} ({label})",
                    # It is the same device, whose MAC address names the first one.
                    unique_id=None,
                ),
            )
        return result


class OverheatedFlow(ControllerRepairFlow):
    """Restore the settings that a device lowered because it was too hot."""

    async def async_step_init(self, _: Input = None) -> RepairsFlowResult:
        """Go to the only step."""
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: Input = None) -> RepairsFlowResult:
        """Restore them when the user agrees."""
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                await self._restore()
            except ControllerError as err:
                LOGGER.warning("%s was not restored: %s", self._subentry.title, err)
                errors = {"base": "not_restored"}
            else:
                return self.async_create_entry(data={})
        return self.async_show_form(
            step_id="confirm",
            data_schema=CONFIRM_SCHEMA,
            errors=errors,
            description_placeholders=self._placeholders(),
        )

    async def _restore(self) -> None:
        """Have the device set what was set before, and read it."""
        controllers = self._entry.runtime_data.coordinator.controllers
        coordinator = controllers[self._subentry.subentry_id]
        await coordinator.controller.restore_settings()
        await coordinator.async_refresh()


class AnotherDeviceFlow(_NetworkRepairFlow):
    """Accept the device that answers instead of the linked one, or find that."""

    _found: Found | None = None

    async def async_step_init(self, _: Input = None) -> RepairsFlowResult:
        """Ask why another device answers."""
        return self.async_show_menu(
            step_id="init",
            menu_options=["exchanged", "address"],
            description_placeholders=self._placeholders(),
        )

    async def async_step_exchanged(self, user_input: Input = None) -> RepairsFlowResult:
        """Show what answers, and link it in the place of the old device."""
        if user_input is not None and self._found is not None:
            return self._adopt(self._found)
        return await self.carry_out(self._stranger(), self._show_stranger)

    async def _stranger(self) -> Found:
        """Return what answers; raise RefusedError if it cannot be linked here."""
        found = await self._identify(self._host)
        self._refuse_linked(found)
        return found

    async def _show_stranger(self, identified: Task[Found]) -> RepairsFlowResult:
        """Show what answers, or what is wrong with it."""
        error: str | None = None
        try:
            self._found = identified.result()
        except RefusedError as err:
            self._found, error = None, next(iter(err.errors.values()))
        return self.async_show_form(
            step_id="exchanged",
            data_schema=CONFIRM_SCHEMA,
            errors={"base": error} if error else {},
            description_placeholders=self._placeholders(
                found=_description(self._found)
            ),
        )

    async def async_step_address(self, user_input: Input = None) -> RepairsFlowResult:
        """Ask where the linked device is now."""
        if user_input is None:
            return self._ask_address()
        host = user_input[CONF_HOST].strip()

        async def move(identified: Task[Found]) -> RepairsFlowResult:
            """Store where the device is, or ask again."""
            try:
                found = identified.result()
            except RefusedError as err:
                error = next(iter(err.errors.values()))
                return self._ask_address(user_input, error)
            return self._store(self._with_device(found, host))

        return await self.carry_out(self._linked_device(host), move)

    def _ask_address(
        self, user_input: Input = None, error: str | None = None
    ) -> RepairsFlowResult:
        """Ask where the device is, and say what went wrong before."""
        return self.async_show_form(
            step_id="address",
            data_schema=self.add_suggested_values_to_schema(
                _ADDRESS_SCHEMA, user_input
            ),
            errors={CONF_HOST: error} if error else {},
            description_placeholders=self._placeholders(),
        )

    async def _linked_device(self, host: str) -> Found:
        """Return the linked device at an address; raise RefusedError if it is not."""
        if not host:
            raise RefusedError({CONF_HOST: "invalid_host"})
        if host.lower() == self._host.lower():
            raise RefusedError({CONF_HOST: "another_device"})
        protocol = self._subentry.data[CONF_PROTOCOL]
        joining = Joining(entry=self._entry, protocol=protocol)
        if miner_with_host(self.hass, host, joining=joining) is not None:
            raise RefusedError({CONF_HOST: "already_linked"})
        found = await self._identify(host)
        known, there = stored_capabilities(self._subentry), found.capabilities
        if (known.mac or known.serial) != (there.mac if known.mac else there.serial):
            raise RefusedError({CONF_HOST: "another_device"})
        joining = self._joining(found)
        if miner_with_host(self.hass, host, joining=joining) is not None:
            raise RefusedError({CONF_HOST: "already_linked"})
        return found

    def _adopt(self, found: Found) -> RepairsFlowResult:
        """Link the device that answers; its bindings stay as they are."""
        mac = found.capabilities.mac
        if mac is not None:
            release_mac(self.hass, mac)
        unique_id = free_unique_id(self._entry, mac, self._subentry)
        return self._store(self._with_device(found, self._host), unique_id=unique_id)


def _behind(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of a controller that ranks just behind another of its device."""
    first = after[CONF_FEATURES]
    behind = {
        name: {**binding, CONF_PRIORITY: max(1, first[name][CONF_PRIORITY] - 1)}
        if name in first
        else binding
        for name, binding in before.get(CONF_FEATURES, {}).items()
    }
    return {**before, CONF_FEATURES: behind}


def _description(device: Found | None) -> str:
    """Return in words what a device is."""
    found = device.capabilities if device else None
    parts = (
        (found.make, found.model, found.firmware_version, found.mac) if found else ()
    )
    return " ".join(part for part in parts if part) or "-"
