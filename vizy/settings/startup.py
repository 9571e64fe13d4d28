"""The section ``startup`` of the settings: what the daemon does once it has started. No I/O."""

from typing import Annotated

from msgspec import Meta, Struct

from vizy.presets import PresetName


class StartupSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What happens at the start, once the camera is ready.

    Attributes:
        preset: The preset that is recalled; not set: the controls stay as they were.
        motion: Whether movement is watched for and recorded from the start.
        lamp: How bright the lamp is lit, 0 to 1.
    """

    preset: PresetName | None = None
    motion: bool = False
    lamp: Annotated[float, Meta(ge=0, le=1)] = 0.0
