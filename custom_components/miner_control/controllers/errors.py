"""What can go wrong with a controller; nothing else leaves one.

Each error carries a translation key of the section `exceptions`; its message is
English and for the log. Neither ever holds a password.
"""

from enum import StrEnum
from typing import ClassVar

from ..domain.errors import MinerControlError


class ControllerError(MinerControlError):
    """A controller could not do what it was asked."""

    translation_key: ClassVar[str] = "controller_failed"


class ControllerUnreachableError(ControllerError):
    """The device or entity does not answer."""

    translation_key = "controller_unreachable"


class TellsNothingError(ControllerUnreachableError):
    """A known kind of device answers, but tells nothing that can be shown.

    `found` says what answers.
    """

    translation_key = "controller_tells_nothing"

    def __init__(self, found: str) -> None:
        """Say what answers."""
        super().__init__(f"{found} answers, but tells nothing that can be shown")
        self.found = found


class ControllerAuthError(ControllerError):
    """The device refuses the credentials."""

    translation_key = "controller_auth"


class IdentityMismatchError(ControllerError):
    """Another device answers at the address of the linked one."""

    translation_key = "controller_identity"


class NotAMinerError(ControllerError):
    """Something answers, but it is no miner that the library knows."""

    translation_key = "controller_not_a_miner"


class NoAnswerInTimeError(NotAMinerError):
    """What the protocol asks first was not answered: a busy device may yet speak it."""


class UnsupportedError(ControllerError):
    """The device cannot do what it was asked."""

    translation_key = "controller_unsupported"


class CommandRefusedError(ControllerError):
    """The device answered, but did not do what it was told."""

    translation_key = "controller_refused"


class OutOfRangeError(UnsupportedError):
    """The device, or its owner, does not allow the value."""

    translation_key = "controller_out_of_range"

    def __init__(self, value: float, minimum: float, maximum: float, unit: str) -> None:
        """Say which value it is, and which are allowed."""
        super().__init__(f"{value:g} is not within {minimum:g} to {maximum:g} {unit}")
        self.value, self.unit = value, unit
        self.minimum, self.maximum = minimum, maximum


class ForbiddenNetworkError(ControllerError):
    """The device only answers its own private network, and we are in another one."""

    translation_key = "controller_forbidden"


class OneTimePasswordError(ControllerAuthError):
    """The device asks for a one-time password, and its secret is not known."""

    translation_key = "controller_otp_required"


class OneTimePasswordRefusedError(ControllerAuthError):
    """The device refuses the one-time password."""

    translation_key = "controller_otp_refused"


class DeviceLockedError(ControllerError):
    """The device takes no password at all for some minutes."""

    translation_key = "controller_locked"


class OneTimePasswordUsedError(DeviceLockedError):
    """The device takes each one-time password once, and the next is not due yet."""

    translation_key = "controller_otp_used"


class DeviceBusyError(ControllerError):
    """The device is busy with an update or a benchmark."""

    translation_key = "controller_busy"


class LibraryProblem(StrEnum):
    """Why a library cannot be used."""

    NOT_INSTALLED = "library_not_installed"
    BROKEN = "library_broken"
    OTHER_VERSION = "library_other_version"


class LibraryMissingError(ControllerError):
    """The library that speaks to the device cannot be used."""

    translation_key = "library_missing"

    def __init__(
        self,
        message: str = "",
        *,
        library: str = "",
        problem: LibraryProblem = LibraryProblem.BROKEN,
        detail: str = "",
    ) -> None:
        """Say which library, and why; `detail` is English, and has no full stop."""
        super().__init__(message)
        self.library = library
        self.problem = problem
        self.detail = detail or message

    def again(self) -> LibraryMissingError:
        """Return the same error to be raised once more, without what led to it."""
        return LibraryMissingError(
            str(self), library=self.library, problem=self.problem, detail=self.detail
        )


class LibraryLoadingError(ControllerError):
    """The library that speaks to the device is being installed."""

    translation_key = "library_loading"
