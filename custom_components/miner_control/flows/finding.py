"""Find the controller that a form describes, or say what is wrong with it."""

from collections.abc import Container, Iterable, Mapping
from logging import DEBUG, ERROR
from typing import Any

from homeassistant.const import CONF_HOST, CONF_NAME, CONF_SCAN_INTERVAL
from homeassistant.core import HomeAssistant, split_entity_id
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import get_device_class

from ..const import CONF_ADVANCED, CONF_CREDENTIALS, CONF_ENTITIES, DOMAIN, LOGGER
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
from ..domain.features import MinerFeatureType
from .linking import (
    Link,
    entity_reference,
    miner_with_entity,
    miner_with_host,
    miner_with_mac,
)

# The most special error first: the first that fits names the message. What is no
# fault of the user's is told in the log, to which its message refers.
_NETWORK_ERRORS: dict[type[ControllerError], tuple[str, str, int]] = {
    HostNotFoundError: (CONF_HOST, "invalid_host", DEBUG),
    ControllerUnreachableError: (CONF_HOST, "cannot_connect", DEBUG),
    NotAMinerError: (CONF_HOST, "not_a_miner", DEBUG),
    ControllerAuthError: ("base", "invalid_auth", DEBUG),
    LibraryMissingError: ("base", "library_missing", ERROR),
    ControllerError: ("base", "unknown", ERROR),
}


class RefusedError(Exception):
    """What was entered leads to no controller; each field has its own reason."""

    def __init__(self, errors: dict[str, str], miners: Iterable[str] = ()) -> None:
        """Keep the reasons, and the miners that have what was asked for."""
        super().__init__(errors)
        self.errors = errors
        self.placeholders = {"miner": ", ".join(sorted(miners))}


async def find_device(
    hass: HomeAssistant, user_input: Mapping[str, Any], taken: Container[str]
) -> Link:
    """Return the miner at a host; raise RefusedError if it cannot be linked."""
    connection = _connection(user_input)
    host = connection[CONF_HOST]
    if not host:
        raise RefusedError({CONF_HOST: "invalid_host"})
    _refuse_linked(miner_with_host(hass, host))
    known = await _identify(connection)
    _refuse_linked(miner_with_mac(hass, known.mac))
    return Link(
        subentry_type=PyasicController.subentry_type,
        title=_device_title(known, host, taken),
        capabilities=known,
        connection=connection,
    )


async def find_entities(
    hass: HomeAssistant, user_input: Mapping[str, Any], taken: Container[str]
) -> Link:
    """Return the controller that entities make; raise RefusedError if they do not."""
    chosen = _chosen(hass, user_input)
    errors = _name_errors(user_input, taken) | _entity_errors(hass, chosen)
    if errors:
        raise RefusedError(errors, _miners_of(hass, chosen.values()))
    return Link(
        subentry_type=EntitiesController.subentry_type,
        title=user_input[CONF_NAME].strip(),
        capabilities=capabilities(chosen),
        connection={
            CONF_ENTITIES: {
                feature_type.value: entity_reference(hass, entity_id)
                for feature_type, entity_id in chosen.items()
            }
        },
    )


async def find_simulation(
    hass: HomeAssistant, user_input: Mapping[str, Any], taken: Container[str]
) -> Link:
    """Return a simulated miner; raise RefusedError if its name is none."""
    if errors := _name_errors(user_input, taken):
        raise RefusedError(errors)
    name = user_input[CONF_NAME].strip()
    return Link(
        subentry_type=simulated.SimulatedController.subentry_type,
        title=name,
        capabilities=simulated.capabilities(),
        # Its device is known by the name that it was given first.
        connection={CONF_NAME: name},
    )


def _connection(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return how a device is reached, as its subentry stores it."""
    return {
        CONF_HOST: user_input[CONF_HOST].strip(),
        **user_input[CONF_CREDENTIALS],
        CONF_SCAN_INTERVAL: int(user_input[CONF_ADVANCED][CONF_SCAN_INTERVAL]),
    }


def _refuse_linked(miner: str | None) -> None:
    """Raise RefusedError if a miner has the device."""
    if miner is not None:
        raise RefusedError({CONF_HOST: "already_linked"}, [miner])


async def _identify(connection: Mapping[str, Any]) -> Capabilities:
    """Return what a device is; raise RefusedError if that cannot be found out."""
    host = connection[CONF_HOST]
    try:
        return await identify(NetworkAddress.from_dict(connection))
    except ControllerError as err:
        field, key, level = _form_error(err)
        LOGGER.log(level, "Could not link %s: %s", host, err)
        raise RefusedError({field: key}) from err
    except Exception as err:
        # A device may answer what the library and we did not think of.
        LOGGER.exception("Could not link %s", host)
        raise RefusedError({"base": "unknown"}) from err


def _form_error(err: ControllerError) -> tuple[str, str, int]:
    """Return the field that an error concerns, its message, and how it is logged."""
    return next(found for cls, found in _NETWORK_ERRORS.items() if isinstance(err, cls))


def _device_title(known: Capabilities, host: str, taken: Container[str]) -> str:
    """Return a name for a device: its make and model, else its address."""
    name = " ".join(part for part in (known.make, known.model) if part)
    if not name:
        return host
    return f"{name} ({host})" if name in taken else name


def _name_errors(
    user_input: Mapping[str, Any], taken: Container[str]
) -> dict[str, str]:
    """Return what is wrong with a name."""
    name = user_input[CONF_NAME].strip()
    if not name:
        return {CONF_NAME: "no_name"}
    return {CONF_NAME: "name_taken"} if name in taken else {}


def _chosen(
    hass: HomeAssistant, user_input: Mapping[str, Any]
) -> dict[MinerFeatureType, str]:
    """Return the entities that were chosen, by their names where these are known."""
    registry = er.async_get(hass)
    return {
        feature_type: er.async_resolve_entity_id(registry, chosen) or chosen
        for feature_type in ROLES
        if (chosen := user_input.get(feature_type))
    }


def _entity_errors(
    hass: HomeAssistant, chosen: Mapping[MinerFeatureType, str]
) -> dict[str, str]:
    """Return what is wrong with the chosen entities."""
    if not chosen:
        return {"base": "no_entity"}
    return {
        feature_type.value: error
        for feature_type, entity_id in chosen.items()
        if (error := _entity_error(hass, feature_type, entity_id))
    }


def _entity_error(
    hass: HomeAssistant, feature_type: MinerFeatureType, entity_id: str
) -> str | None:
    """Return why an entity cannot serve a feature, None if it can."""
    registered = er.async_get(hass).async_get(entity_id)
    if registered is None and hass.states.get(entity_id) is None:
        return "entity_not_found"
    if registered is not None and registered.platform == DOMAIN:
        return "own_entity"
    if not _fits(hass, feature_type, entity_id):
        return "wrong_entity"
    return "already_linked" if miner_with_entity(hass, entity_id) is not None else None


def _fits(hass: HomeAssistant, feature_type: MinerFeatureType, entity_id: str) -> bool:
    """Tell whether an entity is of the kind that can serve a feature."""
    role = ROLES[feature_type]
    if split_entity_id(entity_id)[0] not in role.domains:
        return False
    device_class = get_device_class(hass, entity_id)
    # Helpers and templates may do without a class; their unit is read anyway.
    return role.device_class is None or device_class in (None, role.device_class)


def _miners_of(hass: HomeAssistant, entity_ids: Iterable[str]) -> set[str]:
    """Return the titles of the miners that entities are linked to."""
    miners = (miner_with_entity(hass, entity_id) for entity_id in entity_ids)
    return {miner for miner in miners if miner is not None}
