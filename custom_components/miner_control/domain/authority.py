"""Who may say what a miner does, and who is above whom."""

from enum import IntEnum, StrEnum


class Origin(StrEnum):
    """Where a command comes from.

    Automations, scripts and scenes count as the person who made them.
    """

    PERSON = "person"
    FLEET = "fleet"
    THERMOSTAT = "thermostat"


class Authority(IntEnum):
    """What decides about a miner; the higher one has its way."""

    THERMOSTAT = 1
    FLEET = 2
    PERSON = 3
    FROST_PROTECTION = 4
    LOST_SENSOR = 5
    CIRCUIT = 6
    HARD_CAP = 7
    EMERGENCY_STOP = 8
