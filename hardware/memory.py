"""Keeps the C heap from growing with the largest picture ever taken.

glibc moves its threshold for separate mappings up to 32 MB as large blocks are freed; what a still
needs would then stay resident for good. With a fixed threshold a still's blocks are mappings of
their own, and `give_back` returns what is free. Live frames, 1920x1080 at most, stay in the heap,
which may keep one at its end: new pages for each would cost a quarter of the stream's CPU. Where
the C library is another one, nothing happens.
"""

import ctypes

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # Source: glibc's malloc.h
_LARGE_BYTES = 7_000_000
_ARENAS = 2

_libc = ctypes.CDLL(None)


def return_large_blocks() -> None:
    """Make each large block a mapping of its own; called once at the start, before any thread."""
    mallopt = getattr(_libc, "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
        mallopt(_M_TRIM_THRESHOLD, _LARGE_BYTES)
        mallopt(_M_ARENA_MAX, _ARENAS)


def give_back() -> None:
    """Return free memory to the kernel; takes about a millisecond, on any thread."""
    trim = getattr(_libc, "malloc_trim", None)
    if trim is not None:
        trim(0)
