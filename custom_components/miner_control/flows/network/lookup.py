"""Find the device that a form of an address describes, or say what is wrong."""

from collections.abc import Container, Mapping
from dataclasses import replace
from ipaddress import IPv4Address
from logging import DEBUG, ERROR
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import (
    CONF_HOST,
    CONF_PASSWORD,
    CONF_SCAN_INTERVAL,
    CONF_USERNAME,
)
from homeassistant.core import HomeAssistant

from ...const import (
    CONF_ADVANCED,
    CONF_CREDENTIALS,
    CONF_DEVICE_OPTIONS,
    CONF_OTP_SECRET,
    CONF_PROTOCOL,
    DEFAULT_SCAN_INTERVAL,
    LOGGER,
    PROTOCOL_AUTO,
)
from ...controllers import Found, identify
from ...controllers.base import Capabilities
from ...controllers.errors import (
    ControllerAuthError,
    ControllerError,
    ControllerUnreachableError,
    DeviceBusyError,
    DeviceLockedError,
    ForbiddenNetworkError,
    LibraryMissingError,
    NotAMinerError,
    OneTimePasswordError,
    OneTimePasswordRefusedError,
    TellsNothingError,
)
from ...controllers.network.address import NetworkAddress
from ...controllers.network.hosts import HostNotFoundError, NotIPv4Error, host_of
from ...storage.bindings import stored_capabilities, type_of
from ..link import (
    Joining,
    Link,
    RefusedError,
    miner_with_host,
    miner_with_mac,
    numbered,
)
from ..prefill import options_of

_LOGIN: Final = (CONF_USERNAME, CONF_PASSWORD, CONF_OTP_SECRET)

# What a device is called that does not tell what it is.
UNKNOWN_MINER = "Miner"

# The most special error first: the first that fits names the message. What is no
# fault of the user's is told in the log, to which its message refers.
_NETWORK_ERRORS: dict[type[ControllerError], tuple[str, str, int]] = {
    HostNotFoundError: (CONF_HOST, "invalid_host", DEBUG),
    TellsNothingError: (CONF_HOST, "tells_nothing", DEBUG),
    ControllerUnreachableError: (CONF_HOST, "cannot_connect", DEBUG),
    NotAMinerError: (CONF_HOST, "not_a_miner", DEBUG),
    OneTimePasswordError: ("base", "otp_required", DEBUG),
    OneTimePasswordRefusedError: ("base", "otp_refused", DEBUG),
    ControllerAuthError: ("base", "invalid_auth", DEBUG),
    ForbiddenNetworkError: (CONF_HOST, "forbidden_network", DEBUG),
    DeviceLockedError: ("base", "device_locked", DEBUG),
    DeviceBusyError: (CONF_HOST, "device_busy", DEBUG),
    LibraryMissingError: ("base", "library_missing", ERROR),
    ControllerError: ("base", "unknown", ERROR),
}


async def find_device(
    hass: HomeAssistant,
    user_input: Mapping[str, Any],
    taken: Container[str],
    present: ConfigSubentry | None = None,
    entry: ConfigEntry | None = None,
) -> Link:
    """Return the miner at a host; raise RefusedError if it cannot be linked.

    If a controller is present, it must be the device that this one is linked to. The
    miner of an entry may have the device already, by another protocol.
    """
    connection = _connection(user_input, present)
    host = connection[CONF_HOST]
    wanted = _protocol(user_input)
    joining = Joining(entry=entry, protocol=wanted) if entry else None
    _refuse_linked(miner_with_host(hass, host, present, joining))
    found = await identify_device(hass, connection, wanted)
    known = found.capabilities
    if present is not None:
        known = _found_again(known, stored_capabilities(present))
    protocol = found.controller_type.protocol
    joining = Joining.found(entry, protocol, known.mac) if entry else None
    _refuse_linked(miner_with_host(hass, host, present, joining))
    _refuse_linked(miner_with_mac(hass, known.mac, present, joining))
    return Link(
        controller_type=found.controller_type,
        title=present.title if present else _device_title(known, host, taken),
        capabilities=known,
        connection=_with_protocol(connection, found),
        present=present,
    )


def login_of(data: Mapping[str, Any]) -> dict[str, str]:
    """Return the login that data hold, less what is empty."""
    return {name: value for name in _LOGIN if (value := data.get(name))}


def without_login(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a subentry stores, less its login."""
    return {name: value for name, value in data.items() if name not in _LOGIN}


def reached_by(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return where a device is and how to log in, by what a subentry stores."""
    return {name: data[name] for name in (CONF_HOST, *_LOGIN) if name in data}


async def identified_device(hass: HomeAssistant, host: str) -> Link:
    """Return the miner at a host, linked or not; raise RefusedError if it is none."""
    connection = {
        CONF_HOST: host,
        CONF_SCAN_INTERVAL: int(DEFAULT_SCAN_INTERVAL.total_seconds()),
    }
    found = await identify_device(hass, connection)
    return Link(
        controller_type=found.controller_type,
        title=_device_title(found.capabilities, host, ()),
        capabilities=found.capabilities,
        connection=_with_protocol(connection, found),
    )


async def find_standby(
    hass: HomeAssistant, link: Link, taken: Container[str]
) -> Link | None:
    """Return what stands by for a device, reached the same way; None if nothing can.

    It has to know the device by the same MAC address, since commands go there.
    """
    second = link.standby_type
    if second is None:
        return None
    try:
        found = await identify_device(hass, link.connection, second.protocol)
    except RefusedError as err:
        LOGGER.warning("Nothing stands by for %s: %s", link.title, err)
        return None
    if found.capabilities.mac != link.capabilities.mac:
        LOGGER.warning("Nothing stands by for %s: it tells no MAC", link.title)
        return None
    return Link(
        controller_type=second,
        title=numbered(f"{link.title} ({second.label})", taken),
        capabilities=found.capabilities,
        connection=_with_protocol(link.connection, found),
    )


def _protocol(user_input: Mapping[str, Any]) -> str | None:
    """Return the protocol that the user wants, None for the best that fits."""
    wanted: str = user_input[CONF_ADVANCED][CONF_PROTOCOL]
    return None if wanted == PROTOCOL_AUTO else wanted


def _with_protocol(connection: Mapping[str, Any], found: Found) -> dict[str, Any]:
    """Return how a device is reached, with the protocol that it speaks."""
    return {**connection, CONF_PROTOCOL: found.controller_type.protocol}


def _connection(
    user_input: Mapping[str, Any], present: ConfigSubentry | None
) -> dict[str, Any]:
    """Return how a device is reached, as its subentry stores it."""
    before = login_of(present.data) if present else {}
    return {
        CONF_HOST: _entered_host(user_input[CONF_HOST]),
        **_login(login_of(user_input[CONF_CREDENTIALS]), before),
        CONF_SCAN_INTERVAL: int(user_input[CONF_ADVANCED][CONF_SCAN_INTERVAL]),
        **_options(user_input.get(CONF_DEVICE_OPTIONS, {}), present),
    }


def _options(
    entered: Mapping[str, bool], present: ConfigSubentry | None
) -> dict[str, bool]:
    """Return what the user allows a linked controller, where that is not the usual."""
    if present is None:
        return {}
    usual = type_of(present).options
    return {
        name: entered.get(name, allowed)
        for name, allowed in options_of(present).items()
        if name in present.data or entered.get(name, allowed) is not usual[name]
    }


def _entered_host(text: str) -> str:
    """Return the host that was entered; raise RefusedError if there is none."""
    try:
        host = host_of(text)
    except NotIPv4Error as err:
        raise RefusedError({CONF_HOST: "not_ipv4_address"}) from err
    if not host:
        raise RefusedError({CONF_HOST: "invalid_host"})
    return host


def _login(entered: dict[str, str], before: dict[str, str]) -> dict[str, str]:
    """Return the login to use: secrets are kept until the user name is cleared."""
    if CONF_USERNAME in before and not entered:
        return {}
    kept = (CONF_PASSWORD, CONF_OTP_SECRET)
    return {name: before[name] for name in kept if name in before} | entered


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


async def identify_device(
    hass: HomeAssistant, connection: Mapping[str, Any], protocol: str | None = None
) -> Found:
    """Return what a device is, by one protocol or the best that fits.

    Raises RefusedError if that cannot be found out.
    """
    host = connection[CONF_HOST]
    try:
        return await identify(hass, NetworkAddress.from_dict(connection), protocol)
    except ControllerError as err:
        field, key, level = _form_error(err)
        LOGGER.log(level, "Could not identify what answers at %s: %s", host, err)
        found = err.found if isinstance(err, TellsNothingError) else "-"
        raise RefusedError({field: key}, found=found) from err
    except Exception as err:
        # A device may answer what the library and we did not think of.
        LOGGER.exception("Could not identify what answers at %s", host)
        raise RefusedError({"base": "unknown"}) from err


def _form_error(err: ControllerError) -> tuple[str, str, int]:
    """Return the field that an error concerns, its message, and how it is logged."""
    return next(found for cls, found in _NETWORK_ERRORS.items() if isinstance(err, cls))


def _device_title(known: Capabilities, host: str, taken: Container[str]) -> str:
    """Return a name for a device: its make and model, else its name in the network.

    An address is none: entities would keep it in their ids when it has changed.
    """
    name = " ".join(part for part in (known.make, known.model) if part)
    return numbered(name or known.hostname or _name(host), taken)


def _name(host: str) -> str:
    """Return a host name; for an address what the device is."""
    try:
        IPv4Address(host)
    except ValueError:
        return host
    return UNKNOWN_MINER
