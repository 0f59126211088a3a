"""Build the cards of the dashboard, or check that they are fresh.

They are written in TypeScript in `frontend/`, and shipped as one module with a
compressed copy beside it, since Home Assistant compresses nothing that it serves. The
first line of the module tells what it was made from, so that a check needs no Node.
"""

import argparse
import gzip
from hashlib import sha256
import json
from pathlib import Path
import subprocess
import sys
from tempfile import TemporaryDirectory

import yaml

ROOT = Path(__file__).parents[2]
FRONTEND = ROOT / "frontend"
TEXTS = ROOT / "texts"
MODULE = ROOT / "custom_components/miner_control/frontend/static" / "miner-control.js"
# Without texts, compressed.
MAX_BYTES = 20_000
_MARK = "/* Built by scripts/frontend from "


def main() -> int:
    """Build, or say what is stale."""
    parser = argparse.ArgumentParser(prog="scripts/frontend", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="build nothing; fail if it is stale"
    )
    if not parser.parse_args().check:
        build()
    for fault in faults():
        print(f"error: {fault}", file=sys.stderr)
    return 1 if faults() else 0


def build() -> None:
    """Bundle the module, unless it is fresh."""
    if not faults():
        return
    with TemporaryDirectory() as folder:
        bundle = Path(folder) / "bundle.js"
        subprocess.run(  # noqa: S603 - nothing comes from outside
            ["node", "build.mjs", bundle, json.dumps(names(), ensure_ascii=False)],  # noqa: S607
            cwd=FRONTEND,
            check=True,
        )
        module = f"{_MARK}{fingerprint()} */\n{bundle.read_text(encoding='utf-8')}"
    MODULE.parent.mkdir(parents=True, exist_ok=True)
    MODULE.write_text(module, encoding="utf-8")
    _compressed().write_bytes(gzip.compress(module.encode(), mtime=0))
    size = _compressed().stat().st_size
    print(f"built: {MODULE.relative_to(ROOT)}, {size} bytes compressed")


def names() -> dict[str, dict[str, str]]:
    """Return what the dashboard is called, by language: its list waits for no file."""
    found = {}
    for path in sorted(TEXTS.glob("*.yaml")):
        if path.stem != "layout":
            known = yaml.safe_load(path.read_text(encoding="utf-8"))
            strategy = known["frontend"]["strategy"]
            found[path.stem] = {key: strategy[key] for key in ("name", "description")}
    return found


def fingerprint() -> str:
    """Return what tells apart all that the module is made from."""
    made_from = sha256(json.dumps(names(), sort_keys=True).encode())
    for path in (
        *sorted((FRONTEND / "src").rglob("*.ts")),
        FRONTEND / "build.mjs",
        FRONTEND / "package-lock.json",
    ):
        made_from.update(path.relative_to(FRONTEND).as_posix().encode())
        made_from.update(path.read_bytes())
    return made_from.hexdigest()[:16]


def faults() -> list[str]:
    """Return what is wrong with the built files."""
    if not (MODULE.exists() and _compressed().exists()):
        return ["the cards are not built: scripts/frontend"]
    module = MODULE.read_bytes()
    found = []
    if not module.decode().startswith(f"{_MARK}{fingerprint()} "):
        found.append("the cards are older than their sources: scripts/frontend")
    if gzip.decompress(_compressed().read_bytes()) != module:
        found.append(
            "the compressed copy of the cards is another one: scripts/frontend"
        )
    if _compressed().stat().st_size > MAX_BYTES:
        found.append(f"the cards are larger than {MAX_BYTES} bytes")
    return found


def _compressed() -> Path:
    """Return where the compressed copy of the module is."""
    return MODULE.with_name(f"{MODULE.name}.gz")


if __name__ == "__main__":
    sys.exit(main())
