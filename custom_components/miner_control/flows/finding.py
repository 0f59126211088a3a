"""Find the controller that a form describes, or say what is wrong with it."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import replace
from logging import DEBUG, ERROR
from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import (
    CONF_HOST,
    CONF_NAME,
    CONF_PASSWORD,
    CONF_SCAN_INTERVAL,
    CONF_USERNAME,
)
from homeassistant.core import HomeAssistant

from ..bindings import stored_capabilities
from ..const import CONF_ADVANCED, CONF_CREDENTIALS, DEFAULT_SCAN_INTERVAL, LOGGER
from ..controllers import simulated
from ..controllers.base import Capabilities
from ..controllers.entities.controller import (
    EntitiesController,
    capabilities,
    snapshot_of,
)
from ..controllers.entities.sources import EntitySources
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
from .choosing import chosen_by_user, entities_connection, entity_errors, miners_of
from .linking import Link, miner_with_host, miner_with_mac

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
    hass: HomeAssistant,
    user_input: Mapping[str, Any],
    taken: Container[str],
    present: ConfigSubentry | None = None,
) -> Link:
    """Return the miner at a host; raise RefusedError if it cannot be linked.

    If a controller is present, it must be the device that this one is linked to.
    """
    connection = _connection(user_input, present)
    host = connection[CONF_HOST]
    if not host:
        raise RefusedError({CONF_HOST: "invalid_host"})
    _refuse_linked(miner_with_host(hass, host, present))
    known = await identify_device(connection)
    if present is not None:
        known = _found_again(known, stored_capabilities(present))
    _refuse_linked(miner_with_mac(hass, known.mac, present))
    return Link(
        subentry_type=PyasicController.subentry_type,
        title=present.title if present else _device_title(known, host, taken),
        capabilities=known,
        connection=connection,
        present=present,
    )


async def find_entities(
    hass: HomeAssistant,
    user_input: Mapping[str, Any],
    taken: Container[str],
    present: ConfigSubentry | None = None,
) -> Link:
    """Return the controller that entities make; raise RefusedError if they do not."""
    chosen = chosen_by_user(hass, user_input)
    errors = _name_errors(user_input, taken) | entity_errors(
        hass, chosen, user_input, present
    )
    if errors:
        raise RefusedError(errors, miners_of(hass, chosen.values()))
    connection = entities_connection(hass, chosen, user_input)
    seen = snapshot_of(EntitySources(hass, connection))
    return Link(
        subentry_type=EntitiesController.subentry_type,
        title=user_input[CONF_NAME].strip(),
        capabilities=capabilities(chosen, seen),
        connection=connection,
        present=present,
    )


async def find_simulation(
    hass: HomeAssistant,
    user_input: Mapping[str, Any],
    taken: Container[str],
    present: ConfigSubentry | None = None,
) -> Link:
    """Return a simulated miner; raise RefusedError if its name is none."""
    if errors := _name_errors(user_input, taken):
        raise RefusedError(errors)
    name = user_input[CONF_NAME].strip()
    # Its device is known by the name that it was given first.
    first_name = present.data.get(CONF_NAME, present.title) if present else name
    return Link(
        subentry_type=simulated.SimulatedController.subentry_type,
        title=name,
        capabilities=simulated.capabilities(),
        connection={CONF_NAME: first_name},
        present=present,
    )


def login_of(data: Mapping[str, Any]) -> dict[str, str]:
    """Return the user name and the password that data hold, less empty ones."""
    names = (CONF_USERNAME, CONF_PASSWORD)
    return {name: value for name in names if (value := data.get(name))}


async def identified_device(host: str) -> Link:
    """Return the miner at a host, linked or not; raise RefusedError if it is none."""
    connection = {
        CONF_HOST: host,
        CONF_SCAN_INTERVAL: int(DEFAULT_SCAN_INTERVAL.total_seconds()),
    }
    known = await identify_device(connection)
    return Link(
        subentry_type=PyasicController.subentry_type,
        title=_device_title(known, host, ()),
        capabilities=known,
        connection=connection,
    )


def _connection(
    user_input: Mapping[str, Any], present: ConfigSubentry | None
) -> dict[str, Any]:
    """Return how a device is reached, as its subentry stores it."""
    before = login_of(present.data) if present else {}
    return {
        CONF_HOST: user_input[CONF_HOST].strip(),
        **_login(login_of(user_input[CONF_CREDENTIALS]), before),
        CONF_SCAN_INTERVAL: int(user_input[CONF_ADVANCED][CONF_SCAN_INTERVAL]),
    }


def _login(entered: dict[str, str], before: dict[str, str]) -> dict[str, str]:
    """Return the login to use: a password is kept until its user name is cleared."""
    is_cleared = CONF_USERNAME in before and not entered
    if is_cleared or CONF_PASSWORD not in before:
        return entered
    return {CONF_PASSWORD: before[CONF_PASSWORD]} | entered


def _found_again(known: Capabilities, before: Capabilities) -> Capabilities:
    """Return what a linked device is by now, and what it may only have told once.

    Raises RefusedError if it is another one.
    """
    # As with commands: it is known by its MAC address, else by its serial number.
    is_same = (
        known.mac == before.mac if before.mac else before.serial in (None, known.serial)
    )
    if not is_same:
        raise RefusedError({CONF_HOST: "another_device"})
    is_same_firmware = (known.library_class, known.firmware_version) == (
        before.library_class,
        before.firmware_version,
    )
    # While it is idle, it may not tell what it does tell while it hashes.
    readings = {*known.readings, *(before.readings if is_same_firmware else ())}
    return replace(
        known,
        readings=tuple(sorted(readings)),
        hashrate_unit=before.hashrate_unit or known.hashrate_unit,
        rated_power=max(
            filter(None, (before.rated_power, known.rated_power)), default=None
        ),
    )


def _refuse_linked(miner: str | None) -> None:
    """Raise RefusedError if a miner has the device."""
    if miner is not None:
        raise RefusedError({CONF_HOST: "already_linked"}, [miner])


async def identify_device(connection: Mapping[str, Any]) -> Capabilities:
    """Return what a device is; raise RefusedError if that cannot be found out."""
    host = connection[CONF_HOST]
    try:
        return await identify(NetworkAddress.from_dict(connection))
    except ControllerError as err:
        field, key, level = _form_error(err)
        LOGGER.log(level, "Could not identify what answers at %s: %s", host, err)
        raise RefusedError({field: key}) from err
    except Exception as err:
        # A device may answer what the library and we did not think of.
        LOGGER.exception("Could not identify what answers at %s", host)
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
