"""Times in which something was wrong, and what that excuses for how long."""

from dataclasses import dataclass
from enum import Flag, auto
from math import inf

# The interval that every miner is asked at here, and what is given on top for
# the plug's own interval, the way through Home Assistant and a busy machine.
INTERVAL = 5.0
SLACK = 3.0
PATIENCE = 3 * INTERVAL + SLACK

# The integration's own limits: of one reading, of a look whether a device is back, of
# the wait between attempts where a look tells nothing, and until a better provider
# takes back.
READ_TIMEOUT = 15.0
PROBE_TIMEOUT = 2.0
MAX_BACK_OFF = 300.0
TAKE_BACK = 30.0


# What the name of a trouble begins with that is a command.
ORDER = "order "
# What a trouble is called while a fleet, or its emergency stop, rules the miner.
RULED = "ruled by a fleet"
# A device that refuses the login is there all the time, and not looked for.
REFUSAL = "reject_login"
# What a trouble is called while the machine is busy with something else, and the
# seconds for which it may be busy without one.
STALL = "stall"
STALL_AFTER = 2.0
# What a trouble is called while a library is broken that reaches the device.
BROKEN = "library broken"
# What a trouble is called while the controller of the device is unlinked.
UNLINKED = "unlinked"


class Part(Flag):
    """What of a miner is troubled."""

    NONE = 0
    API = auto()
    PLUG = auto()
    # Set-up or a command is under way: Home Assistant needs a moment.
    HOME = auto()
    # What the device itself does changes by somebody else's hand.
    BODY = auto()
    # A library is missing, and the other one reaches the device.
    LIBRARY = auto()


@dataclass
class Trouble:
    """One time in which something was wrong; without an end it goes on."""

    kind: str
    parts: Part
    begin: float
    end: float = inf
    # Whether attempts to reach it become rarer while it lasts.
    backs_off: bool = False

    @property
    def recovered_by(self) -> float:
        """Return when everything ought to be as before, but for taking back."""
        if self.end == inf:
            return inf
        wait = PATIENCE
        if self.parts & (Part.API | Part.HOME):
            wait += READ_TIMEOUT
        if self.backs_off:
            is_refusal = self.kind == REFUSAL
            longest = MAX_BACK_OFF if is_refusal else INTERVAL + PROBE_TIMEOUT
            wait += min(self.end - self.begin, longest)
        return self.end + wait

    def touches(self, begin: float, end: float) -> bool:
        """Tell whether it was on at any moment of a time."""
        return self.begin <= end and begin <= self.end
