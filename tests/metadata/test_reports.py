"""The tests notice what Home Assistant says that somebody should no longer do."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers.deprecation import deprecated_function
from homeassistant.helpers.frame import ReportBehavior, report_usage

from tests.conftest import Reports


def test_use_that_will_stop_to_work_is_noticed(
    hass: HomeAssistant, reports: Reports
) -> None:
    """Home Assistant reports it, wherever it comes from."""
    report_usage("does something old", core_behavior=ReportBehavior.LOG)
    assert len(reports.found) == 1
    reports.found.clear()


def test_call_of_what_is_deprecated_is_noticed(
    hass: HomeAssistant, reports: Reports
) -> None:
    """A function that is deprecated says so itself."""

    @deprecated_function("another", breaks_in_ha_version="2099.1")
    def old() -> None:
        """Do nothing."""

    old()
    assert len(reports.found) == 1
    reports.found.clear()
