"""Which encoder: the one that really encodes, found once, and never changed in silence."""

import logging
from typing import Any

import pytest

from hardware.camera.base import Pixels
from hardware.video.encoders import HARDWARE, SOFTWARE, Encoders
from hardware.video.packet import Packet
from tests.hardware.video.studio import SMALL, encoded
from vizy.errors import DeviceError
from vizy.state import Size


class FakeCodec:
    def __init__(self, name: str, packets: list[Packet]) -> None:
        self.name = name
        self.packets = packets

    def encode(self, pixels: Pixels, timestamp_ns: int) -> list[Packet]:
        return []

    def finish(self) -> list[Packet]:
        return self.packets


class Machine:
    """Encoders that open, or not, and encode, or not."""

    def __init__(self, *, opens: bool = True, encodes: bool = True) -> None:
        self.opens = opens
        self.packets = encoded([0]) if encodes else []
        self.opened: list[str] = []

    def open(self, name: str, size: Size, **_: Any) -> FakeCodec:
        if name == HARDWARE and not self.opens:
            raise DeviceError("no such device")
        self.opened.append(name)
        return FakeCodec(name, encoded([0]) if name == SOFTWARE else self.packets)


def test_the_hardware_is_taken_where_it_encodes() -> None:
    machine = Machine()
    encoders = Encoders("auto", open_codec=machine.open)
    encoders.open(SMALL, fps=25)
    encoders.open(SMALL, fps=25)
    assert machine.opened == [HARDWARE] * 3  # once to try it, twice to use it
    assert encoders.detail == HARDWARE


@pytest.mark.parametrize("machine", [Machine(opens=False), Machine(encodes=False)])
def test_the_software_is_taken_where_the_hardware_does_not(machine: Machine) -> None:
    encoders = Encoders("auto", open_codec=machine.open)
    encoders.open(SMALL, fps=25)
    assert machine.opened[-1] == SOFTWARE
    assert encoders.detail == SOFTWARE


def test_a_wish_that_cannot_be_met_is_answered_with_the_reason() -> None:
    encoders = Encoders(HARDWARE, open_codec=Machine(opens=False).open)
    encoders.open(SMALL, fps=25)
    assert encoders.detail == "libx264, because no such device"


def test_a_wish_for_software_never_touches_the_hardware() -> None:
    machine = Machine()
    Encoders(SOFTWARE, open_codec=machine.open).open(SMALL, fps=25)
    assert set(machine.opened) == {SOFTWARE}


def test_hardware_that_fails_later_is_given_up_aloud(caplog: pytest.LogCaptureFixture) -> None:
    machine = Machine()
    encoders = Encoders("auto", open_codec=machine.open)
    encoders.open(SMALL, fps=25)
    machine.opens = False
    with caplog.at_level(logging.WARNING):
        encoders.open(SMALL, fps=25)
    assert encoders.detail == "libx264, because no such device"
    assert "no such device" in caplog.text
    assert encoders.give_up(HARDWARE, DeviceError("another one that was still open"))
    assert encoders.detail == "libx264, because no such device"
    assert not encoders.give_up(SOFTWARE, DeviceError("the software too"))


def test_this_machine_has_one() -> None:
    encoders = Encoders("auto")
    encoders.open(SMALL, fps=25)
    assert encoders.detail in (HARDWARE, SOFTWARE)
