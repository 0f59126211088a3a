"""Run the demonstration: `python -m demo`, or better `scripts/demo`."""

from .cli import main

if __name__ == "__main__":
    raise SystemExit(main())
