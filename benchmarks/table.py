"""`Row`: one line of the table that the benchmarks print, and the table itself."""

import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """What one measurement says about one peer.

    Attributes:
        measure: What was measured, with its unit.
        peer: Whose value it is.
        result: The values, with their names.
        ratio: Ours over the peer's, where that says something.
        target: What was aimed at; empty where nothing was.
        is_reached: Whether it was; None without a target.
    """

    measure: str
    peer: str
    result: str
    ratio: str = ""
    target: str = ""
    is_reached: bool | None = None

    @property
    def verdict(self) -> str:
        """One word."""
        return {True: "reached", False: "MISSED", None: ""}[self.is_reached]

    @property
    def cells(self) -> tuple[str, ...]:
        """What the table shows."""
        return (self.measure, self.peer, self.result, self.ratio, self.target, self.verdict)


HEAD = ("measurement", "peer", "result", "ours/peer", "target", "")


def print_table(rows: Sequence[Row]) -> None:
    """Print all rows as one Markdown table; a measurement's name stands once."""
    lines = [HEAD, *(row.cells for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    before = ""
    for number, line in enumerate(lines):
        name, *others = line
        shown = ["" if name == before else name, *others]
        before = name
        print(
            "| "
            + " | ".join(text.ljust(width) for text, width in zip(shown, widths, strict=True))
            + " |"
        )
        if number == 0:
            print("|-" + "-|-".join("-" * width for width in widths) + "-|")
    judged = [row for row in rows if row.is_reached is not None]
    print(f"\n{sum(bool(row.is_reached) for row in judged)} of {len(judged)} targets reached")


def say(text: str) -> None:
    """Tell how far it is."""
    print(text, file=sys.stderr, flush=True)


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value below which so many percent of the values are; not a number of none."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def middle(values: Sequence[float]) -> float:
    """Return the median; not a number of none."""
    return statistics.median(values) if values else float("nan")


def middle_of_ticks(values_ms: Sequence[float]) -> float:
    """Return the median of times from Chromium's clock, which ticks every 0.1 ms."""
    return statistics.median_grouped(values_ms, interval=0.1) if values_ms else float("nan")
