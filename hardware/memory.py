"""Keeps pictures out of the C heap, where they would leave holes that no one gets back.

glibc moves its threshold for separate mappings up to 32 MB as large blocks are freed; a still of
24 MB would then stay resident for good. Called once at the start, before any thread. Where the C
library is another one, nothing happens.
"""

import ctypes

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # Source: glibc's malloc.h
_LARGE_BYTES = 128 * 1024
_ARENAS = 2


def return_large_blocks() -> None:
    """Make each large block a mapping of its own, given back to the kernel when it is freed."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for option, value in (
            (_M_MMAP_THRESHOLD, _LARGE_BYTES),
            (_M_TRIM_THRESHOLD, _LARGE_BYTES),
            (_M_ARENA_MAX, _ARENAS),
        ):
            mallopt(option, value)
