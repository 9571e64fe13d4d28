"""The script that every page loads first, put together from its parts.

The parts are files of their own, each one idea, in one scope of their own in the browser: they must
have run before the renderer's first request, which ES modules cannot promise. Built once per
application; no state.
"""

from pathlib import Path

ASSETS = Path(__file__).parent / "assets"
PARTS = ("common", "transport", "mods", "lease", "connection", "telling", "start")

_HEAD = """/* dash_devices: one ordered WebSocket per tab under the stock Dash renderer. */
(function () {
'use strict';

"""
_TAIL = "\n})();\n"


def page_script() -> str:
    """Return the whole script."""
    return _HEAD + "\n".join((ASSETS / f"{part}.js").read_text() for part in PARTS) + _TAIL
