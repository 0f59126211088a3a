"""The steps that link a controller: reach it, then choose its features."""

from abc import abstractmethod
from typing import Any

from homeassistant.const import CONF_HOST, CONF_NAME, CONF_SCAN_INTERVAL
from homeassistant.core import split_entity_id
from homeassistant.data_entry_flow import FlowContext, FlowHandler, FlowResult
from homeassistant.helpers import entity_registry as er

from ..const import (
    CONF_ADVANCED,
    CONF_CREDENTIALS,
    CONF_ENABLED,
    CONF_ENTITIES,
    CONF_PRIORITIES,
    CONF_PRIORITY,
    DOMAIN,
    LOGGER,
)
from ..controllers import simulated
from ..controllers.base import Capabilities
from ..controllers.entities.controller import EntitiesController, capabilities
from ..controllers.entities.roles import ROLES
from ..controllers.errors import (
    ControllerAuthError,
    ControllerError,
    ControllerUnreachableError,
    LibraryMissingError,
    NotAMinerError,
)
from ..controllers.pyasic.controller import (
    HostNotFoundError,
    NetworkAddress,
    PyasicController,
    identify,
)
from ..domain.features import MAX_PRIORITY, MIN_PRIORITY, MinerFeatureType
from .linking import (
    Link,
    entity_reference,
    is_entity_linked,
    is_host_linked,
    is_mac_linked,
)
from .schemas import ENTITIES_SCHEMA, NETWORK_SCHEMA, SIMULATED_SCHEMA, features_schema

type Input = dict[str, Any] | None

# The most special error first: the first that fits names the message.
_NETWORK_ERRORS: tuple[tuple[type[ControllerError], str, str], ...] = (
    (HostNotFoundError, CONF_HOST, "invalid_host"),
    (ControllerUnreachableError, CONF_HOST, "cannot_connect"),
    (NotAMinerError, CONF_HOST, "not_a_miner"),
    (ControllerAuthError, "base", "invalid_auth"),
    (LibraryMissingError, "base", "library_missing"),
    (ControllerError, "base", "unknown"),
)


class LinkSteps[C: FlowContext, R: FlowResult[Any, Any], H](FlowHandler[C, R, H]):
    """Reach a controller in one step and choose its features in the next.

    A flow inherits these steps and says in `finish_link` what becomes of the result.
    """

    _link: Link

    @abstractmethod
    async def finish_link(self, link: Link, features: dict[str, Any]) -> R:
        """End the flow with a controller and its bindings, as stored."""

    async def async_step_network(self, user_input: Input = None) -> R:
        """Ask for the address of a miner and look at what is there."""
        errors: dict[str, str] = {}
        if user_input is not None:
            host = user_input[CONF_HOST].strip()
            if not host:
                errors[CONF_HOST] = "invalid_host"
            elif is_host_linked(self.hass, host):
                errors[CONF_HOST] = "already_linked"
            elif found := await self._identify(host, user_input, errors):
                return await self._choose_features(found)
        return self.async_show_form(
            step_id="network",
            data_schema=self.add_suggested_values_to_schema(NETWORK_SCHEMA, user_input),
            errors=errors,
        )

    async def async_step_entities(self, user_input: Input = None) -> R:
        """Ask for the entities that serve features."""
        errors: dict[str, str] = {}
        if user_input is not None:
            chosen = {
                MinerFeatureType(key): entity_id
                for key, entity_id in user_input.items()
                if key in ROLES
            }
            errors = self._check_entities(chosen) | _check_name(user_input)
            if not errors:
                return await self._choose_features(self._entities(user_input, chosen))
        return self.async_show_form(
            step_id="entities",
            data_schema=self.add_suggested_values_to_schema(
                ENTITIES_SCHEMA, user_input
            ),
            errors=errors,
        )

    async def async_step_simulated(self, user_input: Input = None) -> R:
        """Ask for the name of a simulated miner."""
        errors: dict[str, str] = {}
        if user_input is not None and not (errors := _check_name(user_input)):
            link = Link(
                subentry_type=simulated.SimulatedController.subentry_type,
                title=user_input[CONF_NAME].strip(),
                capabilities=simulated.capabilities(),
                connection={CONF_NAME: user_input[CONF_NAME].strip()},
            )
            return await self._choose_features(link)
        return self.async_show_form(
            step_id="simulated",
            data_schema=self.add_suggested_values_to_schema(
                SIMULATED_SCHEMA, user_input
            ),
            errors=errors,
        )

    async def async_step_features(self, user_input: Input = None) -> R:
        """Ask which features the controller shall serve, and how they rank."""
        errors: dict[str, str] = {}
        if user_input is not None:
            priorities = user_input[CONF_PRIORITIES]
            if all(map(_is_priority, priorities.values())):
                return await self.finish_link(
                    self._link, _bindings(user_input[CONF_ENABLED], priorities)
                )
            errors["base"] = "invalid_priority"
        return self.async_show_form(
            step_id="features",
            data_schema=self.add_suggested_values_to_schema(
                features_schema(self._link), user_input
            ),
            errors=errors,
            description_placeholders=self._found(),
        )

    async def _choose_features(self, link: Link) -> R:
        """Go on with the features of a controller that was reached."""
        self._link = link
        return await self.async_step_features()

    def _found(self) -> dict[str, str]:
        """Return what was found, to be shown."""
        known = self._link.capabilities
        return {
            "title": self._link.title,
            "firmware": known.firmware_version or known.firmware or "-",
            "boards": str(known.boards),
            "fans": str(known.fans),
        }

    async def _identify(
        self, host: str, user_input: dict[str, Any], errors: dict[str, str]
    ) -> Link | None:
        """Return the miner at a host, or None and the error that the form shows."""
        connection = {
            CONF_HOST: host,
            **user_input[CONF_CREDENTIALS],
            CONF_SCAN_INTERVAL: int(user_input[CONF_ADVANCED][CONF_SCAN_INTERVAL]),
        }
        try:
            known = await identify(NetworkAddress.from_dict(connection))
        except ControllerError as err:
            LOGGER.debug("Could not link %s: %s", host, err)
            errors.update(_form_error(err))
            return None
        if is_mac_linked(self.hass, known.mac):
            errors[CONF_HOST] = "already_linked"
            return None
        return Link(
            subentry_type=PyasicController.subentry_type,
            title=_device_title(known, host),
            capabilities=known,
            connection=connection,
        )

    def _entities(
        self, user_input: dict[str, Any], chosen: dict[MinerFeatureType, str]
    ) -> Link:
        """Return the controller that the chosen entities make."""
        references = {
            feature_type.value: entity_reference(self.hass, entity_id)
            for feature_type, entity_id in chosen.items()
        }
        return Link(
            subentry_type=EntitiesController.subentry_type,
            title=user_input[CONF_NAME].strip(),
            capabilities=capabilities(chosen),
            connection={CONF_ENTITIES: references},
        )

    def _check_entities(self, chosen: dict[MinerFeatureType, str]) -> dict[str, str]:
        """Return what is wrong with the chosen entities."""
        if not chosen:
            return {"base": "no_entity"}
        return {
            feature_type.value: error
            for feature_type, entity_id in chosen.items()
            if (error := self._check_entity(feature_type, entity_id))
        }

    def _check_entity(
        self, feature_type: MinerFeatureType, entity_id: str
    ) -> str | None:
        """Return why an entity cannot serve a feature, None if it can."""
        registered = er.async_get(self.hass).async_get(entity_id)
        if registered is None and self.hass.states.get(entity_id) is None:
            return "entity_not_found"
        if registered is not None and registered.platform == DOMAIN:
            return "own_entity"
        if split_entity_id(entity_id)[0] not in ROLES[feature_type].domains:
            return "wrong_entity"
        if is_entity_linked(self.hass, entity_id):
            return "already_linked"
        return None


def _check_name(user_input: dict[str, Any]) -> dict[str, str]:
    """Return what is wrong with a name."""
    return {} if user_input[CONF_NAME].strip() else {CONF_NAME: "no_name"}


def _form_error(err: ControllerError) -> dict[str, str]:
    """Return the field that an error concerns, and its message."""
    return next(
        {field: key} for cls, field, key in _NETWORK_ERRORS if isinstance(err, cls)
    )


def _is_priority(value: float) -> bool:
    """Tell whether a number can be a priority."""
    return value == int(value) and MIN_PRIORITY <= value <= MAX_PRIORITY


def _bindings(enabled: list[str], priorities: dict[str, float]) -> dict[str, Any]:
    """Return bindings as stored."""
    return {
        name: {CONF_PRIORITY: int(priority), CONF_ENABLED: name in enabled}
        for name, priority in priorities.items()
    }


def _device_title(known: Capabilities, host: str) -> str:
    """Return a name for a device: its make and model, else its address."""
    return " ".join(part for part in (known.make, known.model) if part) or host
