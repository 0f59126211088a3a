"""Where the checkout keeps what the demonstration needs."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INTEGRATION = Path("custom_components") / "miner_control"
HOME_ASSISTANT_PYTHON = ROOT / ".cache" / "demo-venv" / "bin" / "python"
PACKAGE_CACHE = ROOT / ".cache" / "uv"
