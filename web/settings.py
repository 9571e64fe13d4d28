"""`reported`: the settings of both processes in one report, and what an import would change.

On the web loop. The daemon keeps the file and knows what it uses itself; what the web process was
started with is known here alone. It writes nothing.
"""

import os
from pathlib import Path
from typing import Any

import msgspec

from vizy import toml
from vizy.settings import Settings, by_key, given_by, read_text
from vizy.settings.report import SettingsReport

_OWN = "web."
MAX_TOML = 64 * 1024


def reported(report: SettingsReport, running: Settings) -> SettingsReport:
    """Return the daemon's report with the web process's own values in force.

    Args:
        report: The daemon's.
        running: What the web process was started with.
    """
    own = {key: value for key, value in by_key(running).items() if key.startswith(_OWN)}
    fixed = {key: by for key, by in given_by(os.environ).items() if key in own}
    return msgspec.structs.replace(
        report,
        in_force=report.in_force | own,
        next=report.next | {key: own[key] for key in fixed},
        fixed=report.fixed | fixed,
    )


def exported(report: SettingsReport) -> str:
    """Return what the file says as TOML, without what is only true of this machine's folders."""
    return toml.edit("", report.in_file)


def imported(text: str, report: SettingsReport) -> dict[str, Any]:
    """Return the changes that make the settings those of a TOML document.

    Args:
        text: The document; where Vizy keeps things (``state_dir``) is left out.
        report: The settings now.

    Returns:
        Key to new value, None for what goes back to its default; only what differs, and nothing
        that an option or variable fixes.

    Raises:
        SettingsError: It is not TOML, or a key or value is refused.
    """
    found = read_text(text, Path(report.path))
    wanted = msgspec.json.decode(msgspec.json.encode(found))  # as the report came: lists
    new = {key: value for key, value in wanted.items() if key in report.in_force}
    changes: dict[str, Any] = dict.fromkeys(report.in_file) | new
    return {key: value for key, value in changes.items() if _differs(key, value, report)}


def _differs(key: str, value: Any, report: SettingsReport) -> bool:
    return key not in report.fixed and report.in_file.get(key) != value
