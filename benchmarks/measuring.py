"""`measure`: runs measurements one after the other, and prints one table at the end.

How far it is goes to standard error; the table, with the targets beside, to standard output.
"""

import os
import platform
import sys
import time
import traceback
from argparse import ArgumentParser
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from importlib.metadata import version

from benchmarks.table import Row, print_table, say

Measurements = Mapping[str, Callable[[], list[Row]]]


def add_only(parser: ArgumentParser) -> None:
    """Let a person pick measurements."""
    parser.add_argument("--only", default="", help="names of measurements, separated by commas")


def measure(
    parser: ArgumentParser, only: str, measurements: Measurements, packages: Sequence[str]
) -> None:
    """Measure, print the table, and exit with an error if a measurement failed.

    Args:
        parser: Says what is wrong with ``only``.
        only: Names of measurements, separated by commas; empty for all.
        measurements: What there is to measure, by name.
        packages: Whose versions stand above the table.
    """
    names = [name for name in only.split(",") if name] or list(measurements)
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
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    print(f"{date.today()}, Python {platform.python_version()}, {versions};", end=" ")
    print(f"load {load:.1f} at the start, {os.getloadavg()[0]:.1f} at the end\n")
    print_table(table)
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")
