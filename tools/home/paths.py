"""Where the checkout keeps what a Home Assistant of ours needs."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INTEGRATION = Path("custom_components") / "miner_control"
ENVIRONMENT = ROOT / ".cache" / "demo-venv"
PACKAGE_CACHE = ROOT / ".cache" / "uv"
