"""A card whose data partition is broken: the device starts all the same, and says so."""

import json
import subprocess
from pathlib import Path

from tests.image.guest import Guest, Image
from tests.image.owner import Owner

SECTOR = 512


def data_partition(card: Path) -> tuple[int, int]:
    """Return first byte and length of the third partition."""
    table = json.loads(subprocess.check_output(["sfdisk", "--json", card], stderr=subprocess.PIPE))
    third = table["partitiontable"]["partitions"][2]
    return third["start"] * SECTOR, third["size"] * SECTOR


def test_without_its_data_partition_a_device_starts_and_says_so(
    image: Image, tmp_path: Path
) -> None:
    with Guest(image, tmp_path) as guest:
        start, size = data_partition(guest.card)
        with guest.card.open("r+b") as card:
            card.seek(start)
            card.write(bytes(size))
        guest.power_on()
        guest.until_page()
        assert "NOTHING WILL BE KEPT" in guest.said()
        assert "in memory only" in guest.ask("cat /run/vizy-data-lost")
        assert guest.ask("findmnt --noheadings --output FSTYPE /data") == "tmpfs"
        owner = Owner(guest)
        try:
            owner.visit_first()
            owner.plug_in_camera()
            owner.check_picture(owner.take_picture())
        finally:
            owner.close()
        assert guest.ask("systemctl --failed --plain --no-legend") == ""
