"""What can go wrong, said in a way that names what is at fault."""


class ReleaseError(Exception):
    """Something that a person has to know, without a trace of the program."""


class ResolutionError(ReleaseError):
    """Packages that cannot be had together; the message names them."""
