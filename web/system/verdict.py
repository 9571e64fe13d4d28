"""`verdict`: is all well, and if not, what is wrong and what to do? Pure function."""

from typing import Literal

from msgspec import Struct

from vizy.health import DaemonHealth, ProcessFigures
from vizy.state import DeviceState

_LAG_S = 1.0


class Verdict(Struct, frozen=True):
    """The first thing that somebody who looks at the System page should know.

    Attributes:
        status: ``well``, ``attention``, or ``wrong``: something does not work.
        text: A sentence.
    """

    status: Literal["well", "attention", "wrong"]
    text: str


def verdict(
    state: DeviceState | None, hardware: DaemonHealth | None, web: ProcessFigures
) -> Verdict:
    """Return the gravest of what is to say.

    Args:
        state: The device's; None while it is away.
        hardware: How its process does; None while that does not answer.
        web: How this process does.
    """
    if state is None:
        return Verdict(
            "wrong",
            "The camera process is away. It is started again by itself; "
            "if it stays away, its log says why.",
        )
    if state.camera.status != "ready":
        why = state.camera.reason or "The camera does not answer."
        kind = "attention" if state.camera.status == "starting" else "wrong"
        return Verdict(kind, f"The camera is not ready ({state.camera.status}): {why}")
    if state.storage.status != "ok":
        return Verdict("wrong", f"Nothing can be saved: {state.storage.reason}")
    for severity in ("critical", "warning"):
        for warning in state.warnings:
            if warning.severity == severity:
                return Verdict("wrong" if severity == "critical" else "attention", warning.text)
    if hardware is None:
        return Verdict("attention", "The camera process does not tell how it does: try again.")
    for name, figures in (("camera", hardware.process), ("web", web)):
        if figures.loop_lag_s > _LAG_S:
            return Verdict(
                "attention",
                f"The {name} process is {figures.loop_lag_s:.1f} s late: "
                "close other programs, or lower the picture's size or rate.",
            )
    return Verdict("well", "All is well.")
