"""What all Whatsminers have in common, whichever API they speak."""

from collections.abc import Mapping
from typing import Any, ClassVar, override

from emulation.device import EmulatedMiner

FACTORY_POWER_LIMIT = 3600


class Whatsminer(EmulatedMiner):
    """A machine with three power modes and a limit; the lower of the two counts.

    Unless `api_open`, it takes no command.
    """

    # The power modes, as the API writes them, with the load of each.
    mode_loads: ClassVar[Mapping[str, float]]
    usual_mode: ClassVar[str]
    serial_prefix: ClassVar[str]

    def __init__(self, address: str, *, api_open: bool = True, **options: Any) -> None:
        """Describe a machine in normal mode."""
        super().__init__(address, **options)
        self.api_open = api_open
        self.power_mode = self.usual_mode
        self.limit = FACTORY_POWER_LIMIT
        self.hostname = "WhatsMiner"
        digits = self.mac[-8:].replace(":", "")
        self.serial_number = f"{self.serial_prefix}{digits}".upper()
        self.error_codes: list[int] = []

    @property
    @override
    def preset(self) -> str:
        return self.power_mode

    @property
    @override
    def power_limit(self) -> int:
        return self.limit

    @property
    @override
    def target_load(self) -> float:
        return min(self.mode_loads[self.power_mode], self.machine.load_at(self.limit))

    def set_limit(self, watts: int) -> bool:
        """Take a limit up to the factory's; tell whether it was one."""
        if not 0 < watts <= FACTORY_POWER_LIMIT:
            return False
        self.limit = watts
        return True
