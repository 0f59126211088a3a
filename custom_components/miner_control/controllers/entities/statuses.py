"""The words by which entities tell what a miner does."""

from typing import Final

from ...domain.features import MinerStatus

_WORDS: Final[dict[MinerStatus, str]] = {
    MinerStatus.ON: (
        "on, mining, hashing, running, active, working, operating, alive, "
        "tuning, auto tuning, autotuning"
    ),
    # Whether there is power is another question, which others may answer.
    MinerStatus.OFF: "off, shut down, shutdown, powered off, power off",
    MinerStatus.IDLE: (
        "idle, idling, paused, sleep, sleeping, asleep, suspended, stopped, halted, "
        "standby, stand by, inactive, not mining, disabled, curtailed"
    ),
    MinerStatus.STARTING: (
        "starting, starting up, booting, boot, initializing, initialising, "
        "warming up, preheating, resuming, waking up, ramping up, "
        "rebooting, restarting"
    ),
    MinerStatus.STOPPING: (
        "stopping, pausing, suspending, shutting down, powering down, ramping down"
    ),
    MinerStatus.ERROR: (
        "error, fault, faulted, faulty, failed, failure, alarm, critical, "
        "overheated, overheating, dead"
    ),
}
_STATUSES: Final = {
    word: status for status, words in _WORDS.items() for word in words.split(", ")
}


def status_named(text: str) -> MinerStatus | None:
    """Return the status that a text tells, however it is written, or None."""
    words = text.lower().replace("_", " ").replace("-", " ").split()
    return _STATUSES.get(" ".join(words))
