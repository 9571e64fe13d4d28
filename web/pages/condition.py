"""`condition`: how the camera does, for style, in a word and in a sentence. No I/O."""

from typing import NamedTuple

from vizy.device import DeviceMirror


class Condition(NamedTuple):
    """How the camera does.

    Attributes:
        kind: A word for style: ``ready``, ``full``, ``away`` or a `CameraStatus`.
        text: A word or two for people.
        message: A sentence; empty when all is well.
    """

    kind: str
    text: str
    message: str

    @property
    def is_ready(self) -> bool:
        """Whether the camera takes orders; on a full disk it still does."""
        return self.kind in ("ready", "full")


def condition(device: DeviceMirror) -> Condition:
    """Return the device's condition."""
    state = device.state
    if state is None:
        return Condition("away", "Camera away", "Waiting for the camera process to start.")
    if not device.connected:
        return Condition(
            "away", "Camera away", "The camera process is away. It comes back by itself."
        )
    if state.camera.status != "ready":
        reason = state.camera.reason or "The camera does not answer."
        return Condition(state.camera.status, f"Camera {state.camera.status}", reason)
    if state.storage.status != "ok":
        text = "Disk full" if state.storage.status == "full" else "Disk failed"
        return Condition("full", text, state.storage.reason)
    return Condition("ready", state.camera.model, "")
