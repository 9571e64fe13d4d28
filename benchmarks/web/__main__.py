"""The web process beside plain programs: ``make bench-web``."""

import argparse

from benchmarks.measuring import add_only, measure
from benchmarks.web import latency, memory, slow, viewer, visit

PACKAGES = ("quart", "uvicorn", "websockets", "flask", "werkzeug")


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_only(parser)
    options = parser.parse_args()
    measurements = {
        "latency": latency.rows,
        "viewer": viewer.rows,
        "slow": slow.rows,
        "visit": visit.rows,
        "memory": memory.rows,
    }
    measure(parser, options.only, measurements, PACKAGES)


if __name__ == "__main__":
    main()
