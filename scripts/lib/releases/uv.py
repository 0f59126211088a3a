"""Run uv, which the scripts have installed into the checkout."""

from collections.abc import Mapping, Sequence
import os
from pathlib import Path
import subprocess

from .errors import ReleaseError, ResolutionError
from .paths import CACHE

UV = CACHE / "tools" / "bin" / "uv"
# What the machine trusts counts, also behind a proxy with a certificate of its own.
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
# uv ends with it when packages contradict each other, with others for all else.
_NO_SOLUTION = 1


def environment() -> Mapping[str, str]:
    """Return the variables that uv runs with; its state stays in the checkout."""
    trust = {"UV_SYSTEM_CERTS": "true"} if CERTIFICATES.exists() else {}
    own = {
        "UV_CACHE_DIR": str(CACHE / "uv"),
        "UV_PYTHON_INSTALL_DIR": str(CACHE / "python"),
    }
    return trust | os.environ | own


def run(
    purpose: str,
    arguments: Sequence[str | Path],
    *,
    folder: Path | None = None,
    given: str | None = None,
) -> str:
    """Run uv and return what it prints.

    `purpose` completes the sentence "cannot ..." of the error that is raised where
    uv fails: `ResolutionError` if packages contradict each other or do not exist,
    else `ReleaseError`. uv's own words, which name the packages, follow it.
    """
    try:
        done = subprocess.run(  # noqa: S603 - nothing comes from outside
            [UV, *arguments],
            cwd=folder,
            env=environment(),
            input=given,
            stdin=None if given is not None else subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        raise ReleaseError(f"cannot {purpose}: {error}") from error
    if done.returncode:
        kind = ResolutionError if done.returncode == _NO_SOLUTION else ReleaseError
        raise kind(f"cannot {purpose}:\n{done.stderr.strip()}")
    return done.stdout
