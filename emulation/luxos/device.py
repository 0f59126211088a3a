"""An Antminer S19k Pro with LuxOS 2025.4.8.

Answers are those of a recorded device (asic-rs, 2025-10), sessions and commands
those of the manufacturer's pages (docs.luxor.tech/firmware/api, 2025). Guessed are
the codes of refusals, the answer of `tempctrl` and the word for a sleep, `Sleep`.
"""

from collections.abc import Callable, Mapping, Sequence
import secrets
from typing import Any, override

from emulation.cgminer import CgminerRpc, Command, parameters
from emulation.network import RPC_PORT, Endpoint, Json

from .profiles import PROFILES
from .readings import DESCRIPTION, LuxOsReadings

SESSION_SECONDS = 60.0
_NO_SESSION = 401
_SESSION_TAKEN = 402
_BAD_PARAMETER = 410

type Setting = Callable[[Sequence[str]], bool]


class EmulatedLuxOs(LuxOsReadings):
    """A machine that lets one client at a time change it, for a minute."""

    def __init__(self, address: str, **options: Any) -> None:
        """Describe a machine that nobody has a session with."""
        # It joins what changes it to questions, which nobody does.
        self._commands: dict[str, Command] = {}
        self._rpc = CgminerRpc(DESCRIPTION, self._commands)
        super().__init__(address, **options)
        self.session = ""
        self._session_until = 0.0
        self._commands |= self.reads(self._rpc) | self._sessions() | self._writes()

    @override
    def endpoints(self) -> Mapping[int, Endpoint]:
        return {RPC_PORT: self._rpc}

    @override
    def end_sessions(self) -> None:
        """Forget who is logged on, as it does by itself after a minute."""
        self.session = ""

    def occupy(self) -> None:
        """Have another client hold the session."""
        self._open_session()

    @override
    def _boot(self) -> None:
        self.end_sessions()
        super()._boot()

    # Sessions

    def _sessions(self) -> dict[str, Command]:
        return {"session": self._tell, "logon": self._log_on, "logoff": self._log_off}

    def _present(self) -> str:
        if self.clock.now() > self._session_until:
            self.end_sessions()
        return self.session

    def _open_session(self) -> str:
        self.session = secrets.token_urlsafe(6)
        self._session_until = self.clock.now() + SESSION_SECONDS
        return self.session

    def _tell(self, _: Json) -> Json:
        shown = [{"SessionID": self._present()}]
        return self._rpc.success(319, "Session information", SESSION=shown)

    def _log_on(self, _: Json) -> Json:
        if self._present() or self.login_rejected:
            return self._rpc.error(_SESSION_TAKEN, "Another session is active")
        shown = [{"SessionID": self._open_session()}]
        return self._rpc.success(316, "Session created", SESSION=shown)

    def _log_off(self, request: Json) -> Json:
        if parameters(request)[0] != self._present():
            return self._rpc.error(_NO_SESSION, "Invalid session")
        self.end_sessions()
        return self._rpc.success(317, "Session terminated")

    # Commands

    def _writes(self) -> dict[str, Command]:
        settings: Mapping[str, Setting] = {
            "curtail": self._curtail,
            "profileset": self._set_profile,
            "atmset": self._manage,
            "fanset": self._set_fans,
            "ledset": self._set_led,
            "rebootdevice": self._reboot,
            "resetminer": self._reset,
        }
        return {name: self._in_session(name, act) for name, act in settings.items()}

    def _in_session(self, name: str, act: Setting) -> Command:
        """Return a command that begins with the number of a session."""

        def run(request: Json) -> Json:
            session, *arguments = parameters(request)
            if not session or session != self._present() or self.login_rejected:
                return self._rpc.error(_NO_SESSION, "Invalid session")
            self._session_until = self.clock.now() + SESSION_SECONDS
            if not act(arguments):
                return self._rpc.error(_BAD_PARAMETER, f"Invalid parameter for {name}")
            self.record(f"rpc:{name}", ",".join(arguments))
            return self._rpc.success(300, f"{name} done")

        return run

    def _curtail(self, arguments: Sequence[str]) -> bool:
        if arguments == ["sleep"]:
            self.pause()
        elif arguments == ["wakeup"]:
            self.resume()
        else:
            return False
        return True

    def _set_profile(self, arguments: Sequence[str]) -> bool:
        """Take a profile, unless the thermal management has the say."""
        if self.managed or len(arguments) != 1 or arguments[0] not in PROFILES:
            return False
        self.profile = arguments[0]
        self.apply()
        return True

    def _manage(self, arguments: Sequence[str]) -> bool:
        states = {"enabled=true": True, "enabled=false": False}
        if len(arguments) != 1 or arguments[0] not in states:
            return False
        self.managed = states[arguments[0]]
        return True

    def _set_fans(self, arguments: Sequence[str]) -> bool:
        speeds = [a.removeprefix("speed=") for a in arguments if a.startswith("speed=")]
        try:
            speed = int(speeds[0])
        except IndexError, ValueError:
            return False
        if not -1 <= speed <= 100:
            return False
        self.manual_fan = speed >= 0
        if self.manual_fan:
            self.fan_pwm = speed
        return True

    def _set_led(self, arguments: Sequence[str]) -> bool:
        if len(arguments) != 2 or arguments[0] not in ("red", "green"):
            return False
        if arguments[0] == "red":
            self.locating = arguments[1] in ("blink", "on")
        return arguments[1] in ("auto", "blink", "off", "on")

    def _reboot(self, _: Sequence[str]) -> bool:
        self.reboot_soon()
        return True

    def _reset(self, _: Sequence[str]) -> bool:
        self.restart_mining()
        return True
