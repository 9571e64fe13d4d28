"""What is worth saying of a video while it is made."""

_AWAY_S = 2.0


def detail(encoder: str, lost: int, away_s: float, *more: str) -> str:
    """Return it in one line.

    Args:
        encoder: In use, and why.
        lost: How many frames are in no video and should be.
        away_s: How long no frame has come.
        more: Whatever else; what is empty is left out.
    """
    said = [
        encoder,
        f"{lost} frames left out: encoder or disk is too slow" if lost else "",
        f"no frame for {away_s:.0f} s" if away_s >= _AWAY_S else "",
        *more,
    ]
    return "; ".join(part for part in said if part)
