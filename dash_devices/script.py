"""The script that every page loads first, put together from its parts.

The parts are files of their own, each one idea, in one scope of their own in the browser: they must
have run before the renderer's first request, which ES modules cannot promise. Built once per
application; no state.
"""

import json
import re
from pathlib import Path

from dash_devices.dependencies import STATE_LIKE

ASSETS = Path(__file__).parent / "assets"
PARTS = (
    "common",
    "transport",
    "eager",
    "chain",
    "mods",
    "graphs",
    "lease",
    "connection",
    "telling",
    "probe",
    "start",
)

_HEAD = """/* dash_devices: one ordered WebSocket per tab under the stock Dash renderer. */
(function () {
'use strict';

"""
_TAIL = "\n})();\n"


def page_script() -> str:
    """Return the whole script."""
    state_like = f"const STATE_LIKE = new Set({json.dumps(sorted(STATE_LIKE))});\n"
    parts = [lean((ASSETS / f"{part}.js").read_text()) for part in PARTS]
    return _HEAD + state_like + "\n".join(parts) + _TAIL


def lean(source: str) -> str:
    """Leave out indentation and comments that have lines of their own; browsers need neither.

    It goes by lines, so a part may not hold text that runs over several.
    """
    source = re.sub(r"^/\*.*?\*/$", "", source, flags=re.DOTALL | re.MULTILINE)
    lines = (line.strip() for line in source.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))
