"""What no user should see is found, and nothing else is."""

import pytest

from .reading import raw_texts


@pytest.mark.parametrize(
    "text",
    [
        "component.miner_control.config.step.user.title",
        "ui.panel.config.integrations.none",
        "[%key:common::config_flow::data::host%]",
        "host",
        "username*",
        "scan_interval",
        "Set power_monitoring first",
        "Features of {title}",
        "undefined",
        "Found: firmware None, hash boards 3.",
        "[object Object]",
    ],
)
def test_raw_texts_are_found(text: str) -> None:
    """What a missing text leaves behind is found."""
    assert raw_texts(["Host", text]) != []


@pytest.mark.parametrize(
    "text",
    [
        "Host*",
        "Features of Bitmain Antminer S19",
        "For example 192.168.1.50.",
        "sensor.smart_plug_power",
        "12 entities • 2 devices",
        "Smart plug 80 > Antminer S19 40",
        "http://127.0.0.1/api_docs/some_page",
        "Nullify and conjugate Nanotechnology",
    ],
)
def test_good_texts_pass(text: str) -> None:
    """What is written for people is not taken for something else."""
    assert raw_texts([text]) == []
