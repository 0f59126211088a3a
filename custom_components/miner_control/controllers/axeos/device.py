"""One device of ESP-Miner's kind: what it is asked, and what it is told."""

from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager, nullcontext
from http import HTTPStatus
import re
from time import monotonic
from typing import Any, Final, override

from aiohttp import ClientSession

from ...const import LOGGER
from ...domain.features import MinerFeatureType
from ...domain.snapshot import Features
from ...domain.values import FanSetting, TuningRange
from ..errors import (
    CommandRefusedError,
    ControllerError,
    ControllerUnreachableError,
    NoAnswerInTimeError,
    NotAMinerError,
    OneTimePasswordError,
    OneTimePasswordRefusedError,
    OneTimePasswordUsedError,
    OutOfRangeError,
    UnsupportedError,
)
from ..network.device import NetworkDevice
from ..network.limits import in_short
from ..network.parsing import count, number, section
from . import api
from .api import Answer, Api
from .decoding import Answers, setting_of
from .families import family_of, is_at_least
from .family import Commands, Dial, Family, Info, at, is_so
from .otp import Login
from .push import SINCE, Push
from .tuning import CUSTOM, DEFAULT, ECO, Options, Setting

# How long the device shows itself, and what it answers when it does.
IDENTIFY_SECONDS: Final = 30.0
_SAYS_HI: Final = re.compile(r"says|30 seconds", re.IGNORECASE)
_NO_LONGER: Final = "no longer"

# How long a page is believed that rarely changes, and how soon it is asked for again
# that was not there.
_PAGE_SECONDS: Final = 600.0
_RETRY_SECONDS: Final = 60.0

_FAN_PAGE: Final = "/api/setting/preference"
_DASHBOARD: Final = "/api/v2/dashboard"
_SESSIONS: Final = ("/api/v2/otp/session", "/api/otp/session")
_CUSTOM_SETTING: Final = "custom_setting"
# Within what a device may round a clock or a voltage.
_TOLERANCE: Final = 0.5

type Order = tuple[str, str, Mapping[str, object] | None]


class AxeosDevice(NetworkDevice):
    """A Bitaxe or one of its kin at an IP address.

    What it is, and what it can be told, is seen anew in every answer, so that an
    update of its firmware needs no new link.
    """

    def __init__(
        self,
        session: ClientSession,
        host: str,
        *,
        login: Login | None = None,
        memory: MutableMapping[str, Any] | None = None,
    ) -> None:
        """Remember the IP address and the login, where the device asks for one."""
        super().__init__(host)
        self._api = Api(session, host)
        self._login = login
        self._memory = {} if memory is None else memory
        self._info: Info = {}
        self._family: Family | None = None
        self._is_fresh = False
        self._in_round = False
        self._pages: dict[str, tuple[float, Info]] = {}
        self._shows_until = 0.0
        # Until then it may still do what it was told before it was known.
        self._unknown_until = monotonic() + IDENTIFY_SECONDS
        # What it tells by itself, where it can and may.
        self.push: Push | None = None
        # The version that an update of ours has to replace.
        self._updates_from: str | None = None
        self.may_exceed = False

    @property
    def family(self) -> Family:
        """Return what the device is, by its last answer."""
        if self._family is None:
            raise ControllerUnreachableError(f"{self.host} has told nothing yet")
        return self._family

    @property
    def info(self) -> Info:
        """Return what the device told last of its system."""
        return self._info

    @property
    def commands(self) -> Commands:
        """Return what the device can be told, by its last answer."""
        return self.family.commands(self._info)

    @property
    def is_locating(self) -> bool | None:
        """Tell whether the device shows itself; None if it cannot."""
        return monotonic() < self._shows_until if self.commands.identify else None

    @property
    def can_push(self) -> bool:
        """Tell whether the device tells of changes by itself, and does that well."""
        return self.family.key == "axeos" and is_at_least(self._info, *SINCE)

    # Reading

    async def find(self) -> None:
        """See that the device is one of this kind.

        Raises NotAMinerError if not, NoAnswerInTimeError if it did not say.
        """
        try:
            answer = await self._api.ask("GET", api.INFO, seconds=api.FIND_TIMEOUT)
        except ControllerUnreachableError as err:
            raise NoAnswerInTimeError(str(err)) from err
        if answer.status == HTTPStatus.UNAUTHORIZED and _is_ours(answer):
            self._api.require(answer, api.INFO)
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise NoAnswerInTimeError(f"{self.host} failed at {api.INFO}")
        if not self._take(answer.object()):
            raise NotAMinerError(f"{self.host} is no Bitaxe, and none of its kin")

    async def refresh(self) -> None:
        """Read the system, once in a round.

        Raises ControllerUnreachableError if the answer is not that of such a device.
        """
        if self._is_fresh:
            return
        push = self.push
        pushed = push.info() if push else None
        if pushed is not None and self._take(pushed):
            return
        with push.asking() if push else nullcontext(dict[str, Any]()) as news:
            answer = await self._api.ask("GET", api.INFO)
        self._api.require(answer, api.INFO)
        if not self._take({**answer.object(), **news}):
            raise ControllerUnreachableError(
                f"{self.host} does not answer as a Bitaxe or one of its kin"
            )
        if push:
            push.replace(self._info)

    def _take(self, info: Info) -> bool:
        """Keep what the device told, if it is one of this kind."""
        family = family_of(info)
        if family is None:
            return False
        if self._family is not family or _version(family, info) != self.version:
            # Another firmware may offer something else.
            self._pages.clear()
        self._family, self._info = family, info
        self._is_fresh = self._in_round
        return True

    @property
    def version(self) -> str | None:
        """Return the version of the firmware."""
        return _version(self._family, self._info) if self._family else None

    async def answers(self, features: Features) -> Answers:
        """Return all that features need of what the device can be asked."""
        await self.refresh()
        fans: Info = {}
        if self.commands.fan_path == _FAN_PAGE and _FAN in features:
            fans = await self._page(_FAN_PAGE)
        return Answers(
            info=self._info,
            asic=await self._page(self.family.asic) if self.family.asic else {},
            fans=fans,
            board_error=await self._board_error(),
        )

    async def _page(self, path: str) -> Info:
        """Return a page that rarely changes, empty if it is not to be had."""
        until, known = self._pages.get(path, (0.0, {}))
        if monotonic() < until:
            return known
        try:
            found: Info = await self._api.get(path)
        except ControllerError as err:
            LOGGER.debug("No answer from %s%s: %s", self.host, path, in_short(err))
            found = {}
        seconds = _PAGE_SECONDS if found else _RETRY_SECONDS
        self._pages[path] = (monotonic() + seconds, found or known)
        return found or known

    @property
    def _rests(self) -> bool:
        """Tell whether NerdOS was shut down, or its chips have no voltage."""
        return is_so(self._info.get("shutdown")) or self.family.is_dark(self._info)

    async def _board_error(self) -> int | None:
        """Return why NerdOS does not hash: 0 for no fault, None if nobody asked."""
        if self.family.fan_count is None:
            return None
        hashes = number(self._info.get("hashRate"))
        if hashes and not self._rests:
            return 0
        page = await self._fresh_page(_DASHBOARD)
        return count(at(page, "system.boardError"))

    async def _fresh_page(self, path: str) -> Info:
        """Return a page as it is now, empty if it is not to be had."""
        until, known = self._pages.get(path, (0.0, {}))
        if not known and monotonic() < until:
            return {}
        self._pages.pop(path, None)
        found = await self._page(path)
        if found:
            self._pages[path] = (0.0, found)
        return found

    @contextmanager
    @override
    def round(self, wanted: Features) -> Iterator[None]:
        """Ask for the system once until the end."""
        self._in_round, self._is_fresh = True, False
        try:
            yield
        finally:
            self._in_round = self._is_fresh = False

    @override
    def forget(self) -> None:
        """Forget what was remembered: another device may answer next."""
        self._pages.clear()
        self._shows_until = 0.0
        self._unknown_until = monotonic() + IDENTIFY_SECONDS

    @override
    async def read_mac(self) -> object:
        """Read the MAC address, which the system information holds."""
        await self.refresh()
        return self.mac

    @property
    def mac(self) -> object:
        """Return the MAC address of the last answer."""
        return at(self._info, self.family.mac) if self.family.mac else None

    # Commands

    @override
    async def check_login(self) -> None:
        """Raise ControllerAuthError if the one-time password is refused."""
        if self._login and is_so(self._info.get("otp")):
            await self._open_session(self._login)

    @override
    async def start_mining(self) -> None:
        """Let the device mine; only a restart ends a shutdown."""
        await self.refresh()
        needs_restart = self.commands.resume and "shutdown" in self._info
        if needs_restart and not await self._is_stopped():
            return
        await self._order(self.commands.resume, "resume")

    @override
    async def stop_mining(self) -> None:
        """Stop mining, and keep the device reachable."""
        await self._order((await self._known()).pause, "pause")

    @override
    async def reboot(self) -> None:
        """Restart the device."""
        await self._order(("POST", (await self._known()).restart, None), "restart")

    @override
    async def set_fan(self, setting: FanSetting) -> None:
        """Set the fan to a percentage, or to automatic."""
        commands = await self._known()
        if commands.fan is None:
            raise UnsupportedError(f"{self.host} has no fan control")
        await self._write_fan(commands.fan(self._info, setting))

    @override
    async def set_fan_rule(
        self, *, target: float | None = None, minimum: float | None = None
    ) -> None:
        """Set what the automatic fan aims at in °C, its least speed in percent.

        Raises OutOfRangeError for what the device does not offer.
        """
        await self.refresh()
        family = self.family
        body = {
            **await self._dialed(family.fan_target, target, "°C"),
            **await self._dialed(family.fan_minimum, minimum, "%"),
        }
        await self._write_fan(body)

    async def _dialed(
        self, dial: Dial | None, value: float | None, unit: str
    ) -> dict[str, object]:
        """Return a setting of the fan as the device wants it, nothing for none."""
        if value is None:
            return {}
        page = (
            await self._page(_FAN_PAGE) if self.commands.fan_path == _FAN_PAGE else {}
        )
        limits = dial.range(self._info, page) if dial else None
        if dial is None or self.commands.fan is None or limits is None:
            raise UnsupportedError(f"{self.host} has no such setting of its fan")
        _require_allowed(value, limits, unit)
        return dial.write(round(value))

    async def _write_fan(self, body: Mapping[str, object]) -> None:
        """Change how the fan is set."""
        await self._write(self.commands.fan_path, body)
        self._pages.pop(_FAN_PAGE, None)

    @override
    async def prefer_fallback_pool(self, *, fallback: bool) -> None:
        """Work for the fallback pool, or for the usual one; the pools stay.

        The setting is heeded at the start only, so that the device is restarted.
        """
        await self.refresh()
        setting = self.commands.fallback_pool
        if setting is None:
            raise UnsupportedError(f"{self.host} cannot be told which pool to prefer")
        if fallback and not self._info.get("fallbackStratumURL"):
            raise UnsupportedError(f"{self.host} has no fallback pool")
        await self._write(self.commands.settings, {setting: int(fallback)})
        if is_so(self._info.get(setting)) is not fallback:
            await self._order(("POST", self.commands.restart, None), "restart")

    async def set_tuning(
        self, *, frequency: float | None = None, voltage: float | None = None
    ) -> None:
        """Set the clock in MHz, the voltage in mV, or both at once.

        Raises OutOfRangeError for what the device does not offer, CommandRefusedError
        if it reads back as something else.
        """
        await self._tune(frequency, voltage)

    async def acknowledge_heat(self) -> None:
        """Have the device forget that it was too hot, where it goes on telling so.

        AxeOS before 2.11 does that until somebody sets it back, which it takes as 0.
        """
        await self.refresh()
        if is_so(self._info.get("overheat_mode")):
            await self._write(self.commands.settings, {"overheat_mode": 0})

    @override
    async def select_preset(self, preset: str) -> None:
        """Set the economical or the usual setting, or the last one of the user's own.

        That one is remembered when it is left.
        """
        options = await self._options()
        now = setting_of(self.family, self._info)
        wanted = {ECO: options.eco, DEFAULT: options.default}.get(preset)
        if preset == CUSTOM:
            wanted = _remembered(self._memory.get(_CUSTOM_SETTING))
        if wanted is None:
            raise UnsupportedError(
                f"{self.host} has no preset {preset!r} to go back to"
            )
        if now is not None and options.presets(now).current == CUSTOM:
            self._memory[_CUSTOM_SETTING] = [now.frequency, now.voltage]
        await self._tune(wanted.frequency, wanted.voltage)

    @override
    async def set_locating(self, *, locating: bool) -> None:
        """Have the device say hello for half a minute, or stop it.

        The one command for both turns the one into the other.
        """
        if not locating and monotonic() >= max(self._shows_until, self._unknown_until):
            return
        for _ in range(2):
            if await self._toggle_hello() is locating:
                return
        raise CommandRefusedError(f"{self.host} did not show itself")

    async def install(self, url: str) -> None:
        """Have the device fetch a firmware and install it, keeping its settings."""
        path = (await self._known()).update
        if path is None:
            raise UnsupportedError(f"{self.host} fetches no firmware by itself")
        await self._command("POST", path, {"url": url, "keep_config": True})
        self._updates_from = self.version

    async def update_progress(self) -> Info:
        """Return how far an update of ours has come, empty if there is none."""
        path = self.commands.update
        if path is None or self._updates_from != self.version:
            self._updates_from = None
            return {}
        try:
            progress = await self._api.get(path)
        except ControllerError as err:
            LOGGER.debug("No progress from %s: %s", self.host, in_short(err))
            return {}
        if not progress.get("running") and not progress.get("pending"):
            self._updates_from = None
        return progress

    async def _known(self) -> Commands:
        """Return what the device can be told, asked for if it has told nothing yet."""
        if self._family is None:
            await self.refresh()
        return self.commands

    async def _is_stopped(self) -> bool:
        """Tell whether NerdOS was shut down, by its owner or by a fault."""
        return bool(self._rests or await self._board_error())

    async def _toggle_hello(self) -> bool | None:
        """Turn the hello on or off, and return which; None if it is not told."""
        path = (await self._known()).identify
        if path is None:
            raise UnsupportedError(f"{self.host} has no light")
        answer = await self._command("POST", path)
        said = str(answer.object().get("message") or answer.text)
        if not _SAYS_HI.search(said):
            return None
        shows = _NO_LONGER not in said
        self._shows_until = monotonic() + IDENTIFY_SECONDS if shows else 0.0
        self._unknown_until = 0.0
        return shows

    async def _tune(self, frequency: float | None, voltage: float | None) -> None:
        """Set the clock and the voltage within their limits, and see that it is so."""
        options = await self._options()
        commands = self.commands
        limits = options.tuning(None, may_exceed=self.may_exceed)
        body = {
            **self._limited(commands.frequency, frequency, limits.frequency, "MHz"),
            **self._limited(commands.voltage, voltage, limits.voltage, "mV"),
        }
        await self._write(commands.tuning, body)
        self._is_fresh = False
        await self.refresh()
        found = setting_of(self.family, self._info)
        wishes = ((frequency, "frequency"), (voltage, "voltage"))
        for wanted, name in wishes:
            if wanted is not None and not _is_near(found, name, wanted):
                raise CommandRefusedError(f"{self.host} did not take {wanted:g}")

    def _limited(
        self, key: str, value: float | None, limits: TuningRange | None, unit: str
    ) -> dict[str, object]:
        """Return a setting as the device wants it, nothing for one that is to stay."""
        if value is None:
            return {}
        if limits is None:
            raise UnsupportedError(f"{self.host} does not take that in {unit}")
        _require_allowed(value, limits, unit)
        whole = round(value)
        return {key: whole if self.family.whole_numbers or whole == value else value}

    async def _options(self) -> Options:
        """Return what the device offers; raise UnsupportedError if nothing is known."""
        await self.refresh()
        asic = await self._page(self.family.asic) if self.family.asic else {}
        options = Answers(info=self._info, asic=asic).options(self.family)
        if options is None or self.family.rules_itself:
            raise UnsupportedError(f"{self.host} offers no tuning")
        return options

    async def _write(self, path: str, body: Mapping[str, object]) -> None:
        """Change settings, all of them or none."""
        await self._command("PATCH", path, body)

    async def _order(self, order: Order | None, name: str) -> None:
        """Give an order that the family has."""
        if order is None:
            raise UnsupportedError(f"{self.host} cannot {name}")
        await self._command(*order)

    async def _command(
        self, method: str, path: str, body: Mapping[str, object] | None = None
    ) -> Answer:
        """Give a command, with a one-time password where the device asks for one."""
        if self.push:
            self.push.expire()
        await self._require_pass(path)
        answer = await self._api.ask(method, path, body, headers=self._pass())
        if _asks_for_password(answer) and self._login:
            await self._open_session(self._login)
            answer = await self._api.ask(method, path, body, headers=self._pass())
            if _asks_for_password(answer):
                self._login.refuse()
                raise self._refused_password()
        self._is_fresh = False
        self._api.require(answer, path)
        return answer

    async def _require_pass(self, path: str) -> None:
        """See that there is something that lets a command through, where it has to be.

        A device takes a command without it for a wrong password, and five of those
        within a minute lock everybody out.
        """
        is_guarded = path in (self.commands.settings, self.commands.update)
        if not is_guarded or not is_so(self._info.get("otp")) or self._pass():
            return
        if self._login is None:
            raise OneTimePasswordError(
                f"{self.host} asks for a one-time password (OTP)"
            )
        await self._open_session(self._login)

    def _pass(self) -> dict[str, str]:
        """Return what lets a command through, once the device has given it out."""
        token = self._login.token if self._login else None
        return {"X-OTP-Session": token} if token else {}

    async def _open_session(self, login: Login) -> None:
        """Get a session that lasts a day, for a one-time password.

        It is tried once: five wrong ones lock the device for five minutes.
        """
        code = await self._password_of(login)
        for path in _SESSIONS:
            answer = await self._api.ask("POST", path, headers={"X-TOTP": code})
            if answer.status == HTTPStatus.NOT_FOUND:
                continue
            if _asks_for_password(answer):
                login.refuse()
                raise self._refused_password()
            self._api.require(answer, path)
            login.token = str(section(answer.content()).get("token") or "")
            return
        raise UnsupportedError(f"{self.host} gives out no sessions")

    async def _password_of(self, login: Login) -> str:
        """Return a password that was not used; raise if there is none right now."""
        try:
            password = await login.next()
        except ValueError as err:
            raise self._refused_password() from err
        if password is None:
            raise OneTimePasswordUsedError(
                f"{self.host} takes the next one-time password (OTP) within a minute"
            )
        return password

    def _refused_password(self) -> OneTimePasswordRefusedError:
        """Return the error that tells of a secret that is wrong."""
        return OneTimePasswordRefusedError(
            f"{self.host} refuses the one-time password (OTP)"
        )


def _require_allowed(value: float, limits: TuningRange, unit: str) -> None:
    """Raise OutOfRangeError for a value that may not be set."""
    if not limits.allows(value):
        raise OutOfRangeError(value, limits.minimum, limits.maximum, unit)


_FAN: Final = MinerFeatureType.INTERNAL_FAN_CONTROL


def _is_ours(answer: Answer) -> bool:
    """Tell whether a refusal is that of ESP-Miner's kind: one bare word."""
    return not answer.wants_login and answer.text.strip().lower() == "unauthorized"


def _asks_for_password(answer: Answer) -> bool:
    """Tell whether a device refuses for want of a one-time password."""
    said = answer.text.lower()
    is_refused = answer.status == HTTPStatus.UNAUTHORIZED
    return is_refused and "otp" in said and "blocked" not in said


def _version(family: Family, info: Info) -> str | None:
    """Return the version of the firmware, None if it is not told."""
    found = at(info, family.version)
    return str(found) if found else None


def _remembered(kept: object) -> Setting | None:
    """Return a setting that was remembered, None if there is none."""
    if not isinstance(kept, list) or len(kept) != 2:
        return None
    frequency, voltage = map(number, kept)
    return Setting(frequency, voltage) if frequency and voltage else None


def _is_near(found: Setting | None, name: str, wanted: float) -> bool:
    """Tell whether a setting reads back as it was written."""
    return found is not None and abs(getattr(found, name) - wanted) <= _TOLERANCE
