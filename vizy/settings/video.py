"""The section ``video`` of the settings. Immutable, no I/O."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

EncoderName = Literal["h264_v4l2m2m", "libx264"]


class VideoSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How videos are encoded.

    Attributes:
        encoder: ``h264_v4l2m2m`` is the hardware of a Pi Zero 2, 3 and 4; ``libx264`` works
            everywhere; ``auto`` takes the first where it works.
        bitrate: In bits a second; 0: chosen by size and rate.
        keyframe_s: From one keyframe to the next: how much a power cut may cost at most.
    """

    encoder: Literal["auto", "h264_v4l2m2m", "libx264"] = "auto"
    bitrate: Annotated[int, Meta(ge=0, le=50_000_000)] = 0
    keyframe_s: Annotated[float, Meta(ge=0.2, le=10)] = 1.0
