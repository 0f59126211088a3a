"""Numbers in forms."""

from typing import Any, override

from homeassistant.helpers.selector import NumberSelector
import voluptuous as vol


class LenientNumberSelector(NumberSelector):
    """A box for a number that leaves it to the step to refuse what is out of range.

    Home Assistant would answer that with an error that no form shows.
    """

    @override
    def __call__(self, data: Any) -> float:
        """Accept any number."""
        return vol.Coerce(float)(data)
