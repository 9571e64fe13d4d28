"""The filmstrip of the newest captures, and the round thumbnail beside the shutter."""

from functools import lru_cache
from typing import Any

from dash import html

from vizy.state import Capture

_BASE = "/api/v1/captures"


@lru_cache(maxsize=4)
def filmstrip(captures: tuple[Capture, ...], empty: str) -> list[Any]:
    """Return one link per capture, newest first; each opens the full picture.

    Args:
        captures: What was taken.
        empty: The sentence that stands there when nothing was.
    """
    if not captures:
        return [html.P(empty, className="vz-empty")]
    return [_frame(capture) for capture in captures]


@lru_cache(maxsize=4)
def newest(captures: tuple[Capture, ...]) -> list[Any]:
    """Return the newest capture alone, or nothing."""
    return [_frame(captures[0])] if captures else []


def _frame(capture: Capture) -> Any:
    size = capture.size
    taken = capture.created.replace("T", " ").split(".")[0]
    length = _length(capture.duration_s)
    picture = html.Img(
        src=f"{_BASE}/{capture.id}/thumbnail",
        alt=f"{'Video' if length else 'Picture'} of {taken} UTC",
        width=160,
        height=round(160 * size.height / size.width),
        **{"data-capture": capture.id},
    )
    facts = [f"{taken} UTC", f"{size.width} x {size.height}", f"{capture.bytes / 1e6:.1f} MB"]
    return html.A(
        [picture, html.Span(length, className="vz-length")] if length else picture,
        href=f"/gallery#{capture.id}",
        title=", ".join(facts + [length] * bool(length)),
        key=capture.id,
    )


def _length(duration_s: float) -> str:
    """Return a video's length as a person writes it; nothing for a picture."""
    if duration_s <= 0:
        return ""
    minutes, seconds = divmod(max(1, round(duration_s)), 60)
    return f"{minutes}:{seconds:02d}"
