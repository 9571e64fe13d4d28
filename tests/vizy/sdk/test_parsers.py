"""What comes over the network is taken apart with bounds, and a newer device is understood."""

import json
import random
from collections.abc import Iterator

import msgspec
import pytest

from tests.vizy.fakes import a_state
from vizy.errors import ProtocolError, VizyError, from_code
from vizy.jobs import JobState, TimeLapse
from vizy.messages import CapturePage
from vizy.sdk import lenient
from vizy.sdk.mjpeg import MAX_HEAD_BYTES, MAX_PICTURE_BYTES, MjpegParser
from vizy.sdk.sse import MAX_EVENT_BYTES, Event, EventParser
from vizy.state import Capture, DeviceState, Size

TYPE = "multipart/x-mixed-replace; boundary=b"


def part(data: bytes) -> bytes:
    return b"--b\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n" % (
        len(data),
        data,
    )


def cut(data: bytes, seed: int) -> Iterator[bytes]:
    """The bytes in pieces of any length, as a network gives them."""
    dice = random.Random(seed)
    while data:
        size = dice.randint(1, 40)
        yield data[:size]
        data = data[size:]


@pytest.mark.parametrize("seed", range(20))
def test_pictures_are_found_however_the_stream_is_cut(seed: int) -> None:
    pictures = [b"one", b"--b\r\n\r\n", b"", b"\r\n" * 50]
    parser = MjpegParser(TYPE)
    stream = b"".join(map(part, pictures))
    assert [found for piece in cut(stream, seed) for found in parser.feed(piece)] == pictures


@pytest.mark.parametrize(
    ("stream", "text"),
    [
        (b"x" * MAX_HEAD_BYTES, "head is longer"),
        (b"--other\r\n\r\n", "boundary"),
        (b"--b\r\nContent-Type: image/jpeg\r\n\r\n", "length"),
        (b"--b\r\nContent-Length: %d\r\n\r\n" % (MAX_PICTURE_BYTES + 1), "is above"),
    ],
)
def test_a_stream_that_is_none_is_refused(stream: bytes, text: str) -> None:
    with pytest.raises(ProtocolError, match=text):
        MjpegParser(TYPE).feed(stream)


def test_a_response_that_is_no_stream_is_refused() -> None:
    with pytest.raises(ProtocolError, match="text/html is no MJPEG"):
        MjpegParser("text/html")


@pytest.mark.parametrize("seed", range(20))
def test_events_are_found_however_they_are_cut(seed: int) -> None:
    stream = b": still here\n\nevent: state\ndata: {}\n\nid: 4\r\ndata: a\r\ndata:b\r\n\r\n"
    parser = EventParser()
    found = [event for piece in cut(stream, seed) for event in parser.feed(piece)]
    assert found == [Event("state", b"{}"), Event("message", b"a\nb")]


def test_an_event_has_a_bound() -> None:
    with pytest.raises(ProtocolError, match="longer than"):
        EventParser().feed(b"data: " + b"x" * MAX_EVENT_BYTES)


def test_what_a_newer_device_adds_is_left_out() -> None:
    job = JobState(id="j", spec=TimeLapse(daily=("06:00", "20:00")), status="running", started="")
    state = msgspec.structs.replace(a_state(3, ScalerCrop=(0, 0, 8, 8)), jobs=(job,))
    newer = json.loads(msgspec.json.encode(state))
    newer["weather"] = {"rain": True}
    newer["camera"]["lens"] = "long"
    newer["jobs"][0]["spec"]["tide"] = 1
    assert lenient.decode(json.dumps(newer).encode(), DeviceState, "state") == state


def test_a_page_of_the_api_is_understood() -> None:
    capture = Capture(id="a", created="2026-01-01T00:00:00Z", bytes=1, size=Size(1, 1))
    item = json.loads(msgspec.json.encode(capture)) | {"url": "/api/v1/captures/a/file"}
    page = json.dumps({"items": [item], "count": 1, "next": None}).encode()
    assert lenient.decode(page, CapturePage, "captures.list") == CapturePage((capture,), 1)


def test_a_problem_becomes_the_class_that_its_code_names() -> None:
    kinds = [VizyError]
    for kind in kinds:
        assert type(from_code(kind.code, "why")) is kind
        assert str(from_code(kind.code, "why")) == "why"
        kinds += [sub for sub in kind.__subclasses__() if sub.__module__ == kind.__module__]
    assert len(kinds) > 20
    assert type(from_code("of a newer device", "why")) is VizyError


@pytest.mark.parametrize("data", [b"{}", b"<html>", b"[]", b"\xff"])
def test_an_answer_that_is_something_else_is_told(data: bytes) -> None:
    with pytest.raises(ProtocolError, match="state was answered with something else"):
        lenient.decode(data, DeviceState, "state")
