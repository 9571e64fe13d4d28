"""Cutting a child's output into lines of bounded length. No I/O; used by the supervisor's loop."""

MAX_LINE_BYTES = 64 * 1024
_CUT = " ... (cut)"


class LineCutter:
    """Turns chunks of bytes into lines; what is longer than the limit is cut.

    Args:
        max_bytes: The longest line, in bytes; the rest of a longer one is dropped.
    """

    def __init__(self, max_bytes: int = MAX_LINE_BYTES) -> None:
        self._max_bytes = max_bytes
        self._line = bytearray()
        self._is_cut = False

    def feed(self, chunk: bytes) -> list[str]:
        """Take a chunk, and return the lines that it ends."""
        lines: list[str] = []
        *ended, rest = chunk.split(b"\n")
        for piece in ended:
            self._add(piece)
            lines.append(self._take())
        self._add(rest)
        return lines

    def finish(self) -> list[str]:
        """Return the last line if it was not ended by a newline."""
        return [self._take()] if self._line else []

    def _add(self, piece: bytes) -> None:
        room = self._max_bytes - len(self._line)
        self._line += piece[:room]
        self._is_cut = self._is_cut or len(piece) > room

    def _take(self) -> str:
        line = self._line.decode("utf-8", "replace").rstrip("\r") + (_CUT if self._is_cut else "")
        self._line.clear()
        self._is_cut = False
        return line
