"""What can go wrong with a controller; nothing else leaves one.

Each error carries a translation key of the section `exceptions`; its message is
English and for the log. Neither ever holds a password.
"""

from typing import ClassVar

from ..domain.errors import MinerControlError


class ControllerError(MinerControlError):
    """A controller could not do what it was asked."""

    translation_key: ClassVar[str] = "controller_failed"


class ControllerUnreachableError(ControllerError):
    """The device or entity does not answer."""

    translation_key = "controller_unreachable"


class ControllerAuthError(ControllerError):
    """The device refuses the credentials."""

    translation_key = "controller_auth"


class IdentityMismatchError(ControllerError):
    """Another device answers at the address of the linked one."""

    translation_key = "controller_identity"


class NotAMinerError(ControllerError):
    """Something answers, but it is no miner that the library knows."""

    translation_key = "controller_not_a_miner"


class UnsupportedError(ControllerError):
    """The device cannot do what it was asked."""

    translation_key = "controller_unsupported"


class CommandRefusedError(ControllerError):
    """The device answered, but did not do what it was told."""

    translation_key = "controller_refused"


class LibraryMissingError(ControllerError):
    """The library that speaks to the device could not be loaded."""

    translation_key = "library_missing"
