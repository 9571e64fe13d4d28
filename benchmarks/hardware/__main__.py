"""All measurements of the daemon in one run, and one table at its end: ``make bench-hardware``.

How far it is goes to standard error; the table, with the targets beside, to standard output.
"""

import argparse
import functools
import os
import platform
import sys
import time
import traceback
from collections.abc import Callable
from datetime import date
from importlib.metadata import version

from benchmarks.hardware import control, memory, raw, still, stream
from benchmarks.table import Row, print_table, say

PACKAGES = ("numpy", "opencv-python-headless", "simplejpeg")


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="names of measurements, separated by commas")
    parser.add_argument("--minutes", type=float, default=1.0, help="how long memory is watched")
    options = parser.parse_args()
    measurements: dict[str, Callable[[], list[Row]]] = {
        "control": control.rows,
        "stream": stream.rows,
        "raw": raw.rows,
        "still": still.rows,
        "memory": functools.partial(memory.soak, options.minutes),
        "switches": memory.switches,
    }
    names = [name for name in options.only.split(",") if name] or list(measurements)
    unknown = [name for name in names if name not in measurements]
    if unknown:
        parser.error(f"there is no measurement {unknown[0]!r}; there are {', '.join(measurements)}")
    start, load = time.monotonic(), os.getloadavg()[0]
    table: list[Row] = []
    failed: list[str] = []
    for name in names:
        say(f"== {name}")
        try:
            table += measurements[name]()
        except KeyboardInterrupt:
            failed.append(name)
            break
        except Exception:  # noqa: BLE001 - the others are worth their table
            traceback.print_exc()
            failed.append(name)
    say(f"== done in {time.monotonic() - start:.0f} s\n")
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    print(f"{date.today()}, Python {platform.python_version()}, {versions};", end=" ")
    print(f"load {load:.1f} at the start, {os.getloadavg()[0]:.1f} at the end\n")
    print_table(table)
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
