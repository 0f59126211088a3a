"""What Home Assistant calls services and attributes of entities.

These are the words that automations are written in, so they stay the same. The
constants for them do not: Home Assistant keeps most of them for its own components
and moves them from one release to the next.
"""

from typing import Final

AUTOMATION: Final = "automation"
SCENE: Final = "scene"
SCRIPT: Final = "script"

SERVICE_INSTALL: Final = "install"
SERVICE_PRESS: Final = "press"
SERVICE_SET_PERCENTAGE: Final = "set_percentage"
SERVICE_SET_PRESET_MODE: Final = "set_preset_mode"
SERVICE_SET_VALUE: Final = "set_value"
SERVICE_TRIGGER: Final = "trigger"

ATTR_INSTALLED_VERSION: Final = "installed_version"
ATTR_IN_PROGRESS: Final = "in_progress"
ATTR_LATEST_VERSION: Final = "latest_version"
ATTR_MAX: Final = "max"
ATTR_MIN: Final = "min"
ATTR_OPTIONS: Final = "options"
ATTR_PERCENTAGE: Final = "percentage"
ATTR_PRESET_MODE: Final = "preset_mode"
ATTR_PRESET_MODES: Final = "preset_modes"
ATTR_RELEASE_URL: Final = "release_url"
ATTR_STEP: Final = "step"
ATTR_UPDATE_PERCENTAGE: Final = "update_percentage"
ATTR_VALUE: Final = "value"

# What a number has that says nothing else.
DEFAULT_MAX: Final = 100.0
DEFAULT_MIN: Final = 0.0
DEFAULT_STEP: Final = 1.0
