"""Where the checkout keeps what belongs to releases."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
CACHE = ROOT / ".cache"
REQUIREMENTS = ROOT / "requirements"
RELEASES = CACHE / "home-assistant"
LIBRARY = ROOT / "scripts" / "lib"
MINIMUM_FILE = ROOT / "hacs.json"
