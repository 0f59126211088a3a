"""The components that the environments have the packages of."""

from typing import Final

# What Home Assistant sets up in the tests; its user interface wants its defaults too.
TEST_COMPONENTS: Final = (
    "automation",
    "energy",
    "history",
    "http",
    "recorder",
    "rest",
    "template",
)
# What it sets up in the demo, on top of its defaults.
DEMO_COMPONENTS: Final = (
    "dhcp",
    "energy",
    "history",
    "logbook",
    "recorder",
    "rest",
    "template",
    "zeroconf",
)
