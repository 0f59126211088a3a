"""Run the chaos: `python -m chaos`, or better `scripts/chaos`."""

from .cli import main

if __name__ == "__main__":
    raise SystemExit(main())
