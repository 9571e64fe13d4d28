"""What the board's sensors say, as a line of a CSV file every few seconds.

python sensor_log.py box.csv --every 10
"""

import argparse
import csv
import itertools
import time
from datetime import UTC, datetime
from pathlib import Path

from vizy import Vizy


def main() -> None:
    """Write until Ctrl-C, or as many lines as wished; a file that is there is gone on with."""
    typed = argparse.ArgumentParser()
    typed.add_argument("file", type=Path)
    typed.add_argument("--every", type=float, default=10.0, help="seconds")
    typed.add_argument("--lines", type=int)
    wanted = typed.parse_args()
    is_new = not wanted.file.exists()
    with Vizy() as vizy, wanted.file.open("a", newline="") as file:
        table = csv.writer(file)
        for line in range(wanted.lines) if wanted.lines else itertools.count():
            readings = vizy.camera.sensors.read()
            if is_new and line == 0:
                table.writerow(["time", *readings])
            now = datetime.now(UTC).isoformat(timespec="seconds")
            table.writerow([now, *(reading.value for reading in readings.values())])
            file.flush()
            time.sleep(wanted.every)


if __name__ == "__main__":
    main()
