"""What can end a program early."""


class HomeError(Exception):
    """A step failed in a way that the user can read about."""
