"""dash_devices beside its peers: ``make bench-dash``."""

import argparse
import functools

from benchmarks import drag, fanout, keys, load, memory, stalled, windup, wire
from benchmarks.measuring import add_only, measure

PACKAGES = ("dash", "quart", "uvicorn", "websockets", "python-socketio")


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_only(parser)
    parser.add_argument("--drags", type=int, default=drag.DRAGS, help="how many drags for ours")
    options = parser.parse_args()
    measurements = {
        "wire": wire.rows,
        "keys": keys.rows,
        "drag": functools.partial(drag.rows, options.drags),
        "windup": windup.rows,
        "fanout": fanout.rows,
        "stalled": stalled.rows,
        "load": load.rows,
        "memory": memory.rows,
    }
    measure(parser, options.only, measurements, PACKAGES)


if __name__ == "__main__":
    main()
