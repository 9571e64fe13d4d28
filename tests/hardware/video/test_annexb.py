"""Parameter sets are found at the front of a packet, and a file can begin at each keyframe."""

from hardware.video.annexb import parameter_sets
from hardware.video.codec import VideoCodec
from hardware.video.encoders import SOFTWARE
from tests.hardware.video.studio import SMALL

SPS, PPS, SEI = b"\0\0\0\1\x67abc", b"\0\0\0\1\x68de", b"\0\0\1\x06x"
IDR, SLICE = b"\0\0\1\x65pixels", b"\0\0\1\x41pixels"


def test_only_the_parameter_sets_are_taken() -> None:
    assert parameter_sets(SPS + PPS + SEI + IDR) == SPS + PPS
    assert parameter_sets(SEI + SPS + PPS + IDR + PPS) == SPS + PPS
    assert parameter_sets(IDR) == b""
    assert parameter_sets(SLICE) == b""
    assert parameter_sets(b"") == b""


def test_hardware_that_sends_them_once_gets_them_before_each_keyframe() -> None:
    codec = VideoCodec(SOFTWARE, SMALL, fps=25)
    codec._stream = Bare()  # pyright: ignore[reportAttributeAccessIssue]
    first, later = SPS + PPS + IDR, IDR
    assert codec._decodable(first, True) == first
    assert codec._decodable(SLICE, False) == SLICE
    assert codec._decodable(later, True) == SPS + PPS + IDR


class Bare:
    """A stream that says nothing of itself."""

    class codec_context:  # noqa: N801 -- the library's own name for it
        extradata = None
