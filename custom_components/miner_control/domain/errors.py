"""Errors of the domain: each a broken rule, none a device's fault."""


class MinerControlError(Exception):
    """Base of every error that the integration raises by itself."""


class DomainError(MinerControlError):
    """An operation would break an invariant of the aggregate."""


class InvalidPriorityError(DomainError):
    """A priority is no integer from 1 to 100."""

    def __init__(self, priority: object) -> None:
        """Keep the refused priority."""
        super().__init__(f"priority {priority!r} is not an integer from 1 to 100")
        self.priority = priority


class DuplicateFeatureError(DomainError):
    """A controller is bound twice to the same feature type."""


class FeatureNotFoundError(DomainError):
    """No binding of that feature type and controller exists."""
