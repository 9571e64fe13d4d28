"""The daemon beside plain programs: ``make bench-hardware``."""

import argparse
import functools

from benchmarks.hardware import control, memory, raw, still, stream
from benchmarks.measuring import add_only, measure

PACKAGES = ("numpy", "opencv-python-headless", "simplejpeg")


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_only(parser)
    parser.add_argument("--minutes", type=float, default=1.0, help="how long memory is watched")
    options = parser.parse_args()
    measurements = {
        "control": control.rows,
        "stream": stream.rows,
        "raw": raw.rows,
        "still": still.rows,
        "memory": functools.partial(memory.soak, options.minutes),
        "switches": memory.switches,
    }
    measure(parser, options.only, measurements, PACKAGES)


if __name__ == "__main__":
    main()
