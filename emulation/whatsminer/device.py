"""A Whatsminer M30S++ with the API version 2."""

from collections.abc import Callable, Mapping
from typing import Any, override

from emulation.device import Pool
from emulation.network import RPC_PORT, Endpoint, Json

from .readings import WhatsminerReadings
from .rpc import WhatsminerRpc, WriteCommand

_MAX_PASSWORD = 8


class EmulatedWhatsminer(WhatsminerReadings):
    """A machine that needs no port below 1024.

    `legacy` makes it answer as firmware before 2022 does: no word of the
    mining state in `status`, and no answer from the mining process after it
    was stopped.
    """

    def __init__(self, address: str, **options: Any) -> None:
        """Describe a machine in normal mode."""
        self._rpc = WhatsminerRpc(
            self.reads(),
            self._writes(),
            is_open=lambda: self.api_open,
            password=lambda: None if self.login_rejected else self.password,
        )
        super().__init__(address, **options)

    @override
    def endpoints(self) -> Mapping[int, Endpoint]:
        return {RPC_PORT: self._rpc}

    @override
    def end_sessions(self) -> None:
        self._rpc.forget_tokens()

    def _writes(self) -> Mapping[str, WriteCommand]:
        commands: Mapping[str, WriteCommand] = {
            "power_off": lambda _: self._do(self.pause),
            "power_on": lambda _: self._do(self.resume),
            "reboot": lambda _: self._do(self.reboot_soon),
            "restart_btminer": lambda _: self._do(self.restart_mining),
            "set_low_power": lambda _: self._set_mode("Low"),
            "set_normal_power": lambda _: self._set_mode("Normal"),
            "set_high_power": lambda _: self._set_mode("High"),
            "adjust_power_limit": self._limit_power,
            "set_led": self._set_led,
            "set_hostname": self._set_hostname,
            "update_pools": self._update_pools,
            "update_pwd": self._update_password,
        }
        return {name: self._recorded(name, act) for name, act in commands.items()}

    def _recorded(self, name: str, act: WriteCommand) -> WriteCommand:
        """Return a command that leaves a record."""

        def run(command: Json) -> bool:
            hidden = {"cmd", "command", "token"}
            shown = {key: item for key, item in command.items() if key not in hidden}
            self.record(f"rpc:{name}", shown)
            return act(command)

        return run

    @staticmethod
    def _do(action: Callable[[], None]) -> bool:
        action()
        return True

    def _set_mode(self, mode: str) -> bool:
        self.power_mode = mode
        return self._do(self.restart_mining)

    def _limit_power(self, command: Json) -> bool:
        """Take a limit up to the factory's, and reboot to apply it."""
        try:
            limit = int(command.get("power_limit", ""))
        except ValueError:
            return False
        return self.set_limit(limit) and self._do(self.reboot_soon)

    def _set_led(self, command: Json) -> bool:
        self.locating = command.get("param") != "auto"
        return True

    def _set_hostname(self, command: Json) -> bool:
        self.hostname = str(command.get("hostname", ""))
        return True

    def _update_pools(self, command: Json) -> bool:
        pools = [
            Pool(
                str(command.get(f"pool{slot}") or ""),
                str(command.get(f"worker{slot}") or ""),
                str(command.get(f"passwd{slot}") or ""),
            )
            for slot in (1, 2, 3)
        ]
        self.pools = [pool for pool in pools if pool.url]
        return self._do(self.restart_mining)

    def _update_password(self, command: Json) -> bool:
        new = str(command.get("new", ""))
        if command.get("old") != self.password or not 0 < len(new) <= _MAX_PASSWORD:
            return False
        self.password = new
        return True
