"""What can end the demonstration early."""


class DemoError(Exception):
    """A step failed in a way that the user can read about."""
