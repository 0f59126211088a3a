"""Where a device is, and how to log in to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_USERNAME

from ...const import CONF_OTP_SECRET


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkAddress:
    """A host name or IP address, with a login; None for the device's own default."""

    host: str
    username: str | None = None
    password: str | None = None
    otp_secret: str | None = None

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read what a subentry stores."""
        return cls(
            host=data[CONF_HOST],
            username=data.get(CONF_USERNAME) or None,
            password=data.get(CONF_PASSWORD) or None,
            otp_secret=data.get(CONF_OTP_SECRET) or None,
        )
