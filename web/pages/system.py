"""The System page: how the device does, its log, and its switches.

What is shown is each browser's own: nothing of it is pushed to those who may not see it. Log and
switches are `assets/system.js`, which talks to the API. On the web loop.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from dash_devices import Dash, Input, Output
from vizy.health import ProcessFigures
from vizy.state import StorageState
from web.auth.identity import Role
from web.pages.named import icon, named
from web.pages.sensors.page import warnings
from web.pages.sensors.readings import duration, size
from web.parts import Parts
from web.system.manager import Manager
from web.system.system import SystemView
from web.tls.certificate import Certificate

_LOOK_MS = 5000
_LEVELS = (("debug", "All"), ("info", "Info"), ("warning", "Warnings"), ("error", "Errors"))
_PROCESSES = (("", "Both"), ("hardware", "Camera"), ("web", "Web"))
_RESTARTS = (("hardware", "Camera process"), ("web", "Web process"), ("all", "Both"))


class SystemPage:
    """The page of how the device does, and its switches.

    Args:
        parts: Of the web process.
    """

    path = "/system"
    title = "System"
    needs = Role.ADMIN

    def __init__(self, parts: Parts) -> None:
        self._system = parts.system

    def layout(self, **query: str) -> Any:
        """Return the page; how the device does comes a moment later."""
        return html.Div(
            [
                html.H1("System"),
                html.Div(id="system-facts", className="vz-facts"),
                _log(),
                html.Div(
                    [_restart(self._system.manager), _power(self._system.manager)],
                    className="vz-switches",
                ),
                _help(),
                dcc.Interval(id="system-look", interval=_LOOK_MS),
            ],
            className="vz-page",
            role="main",
        )

    def mods(self) -> list[Output]:
        """Return nothing: what the page shows is for admins only."""
        return []

    def register(self, app: Dash) -> None:
        """Register its callbacks."""
        app.callback(Output("system-facts", "children"), Input("system-look", "n_intervals"))(
            self.look
        )

    async def close(self) -> None:
        """Stop what its callbacks have started: nothing."""

    async def look(self, looks: int | None) -> list[Any]:
        """Return how the device does now."""
        return facts(await self._system.view())


def facts(view: SystemView) -> list[Any]:
    """Return the cards, the verdict first."""
    computer = view.machine
    clock = {None: "not known", True: "set by a time server", False: "not set by a time server"}
    rows = [
        ("Name", computer.host),
        ("System", computer.system),
        ("Up for", duration(computer.uptime_s)),
        ("Version of Vizy", view.versions["vizy"]),
    ]
    more = [
        ("Board", computer.model or "not known"),
        ("Kernel", f"{computer.kernel}, {computer.architecture}"),
        ("Clock", clock[computer.is_clock_set]),
        ("Throttling", ", ".join(computer.throttling) or "none"),
        ("Processes kept by", view.manager),
        *((name, version) for name, version in view.versions.items() if name != "vizy"),
    ]
    others = [warning for warning in view.warnings if warning.text != view.verdict.text]
    return [
        html.P(view.verdict.text, className="vz-verdict", **{"data-status": view.verdict.status}),
        html.Div(warnings(others)),
        html.Div(
            [
                _card("Device", rows, more),
                _storage(view.storage),
                _process("Camera process", view.hardware.process if view.hardware else None),
                _process("Web process", view.web),
                *([_certificate(view.certificate)] if view.certificate else ()),
            ],
            className="vz-system-cards",
        ),
    ]


def _process(title: str, figures: ProcessFigures | None) -> Any:
    if figures is None:
        return html.Section(
            [html.H2(title), html.P("away", className="vz-empty")], className="vz-card"
        )
    return _card(
        title,
        [
            ("Memory", " ".join(size(figures.memory_bytes))),
            ("Late by at most", f"{1000 * figures.loop_lag_s:.0f} ms"),
            ("Started", figures.started.replace("T", " ").replace("Z", " UTC")),
        ],
        [
            ("Processor time", f"{figures.cpu_s:.0f} s"),
            ("Threads", str(figures.threads)),
            ("Open files", str(figures.files)),
            ("Number", str(figures.pid)),
        ],
    )


def _storage(disk: StorageState | None) -> Any:
    if disk is None:
        text = "not known while the camera process is away"
        return html.Section(
            [html.H2("Storage"), html.P(text, className="vz-empty")], className="vz-card"
        )
    used = 100 * (1 - disk.free_bytes / disk.total_bytes) if disk.total_bytes else 0
    bar = html.Div(
        html.Div(style={"width": f"{used:.0f}%"}),
        className="vz-bar",
        role="img",
        **named(f"{used:.0f} % of the disk is used"),
    )
    card = _card(
        "Storage",
        [
            ("Used", f"{used:.0f} %"),
            ("Free", " ".join(size(disk.free_bytes))),
        ],
        [
            ("Size", " ".join(size(disk.total_bytes))),
            ("Kept free", " ".join(size(disk.floor_bytes))),
        ],
    )
    card.children.insert(1, bar)
    return card


def _certificate(shown: Certificate) -> Any:
    """Return what tells whether a browser that warns of the certificate sees this very one."""
    return _card(
        "Certificate",
        [
            ("SHA256", _breakable(shown.fingerprint)),
            ("Ends", f"{datetime.fromtimestamp(shown.ends_s, UTC):%Y-%m-%d}"),
            ("Of", ", ".join(shown.names) or "nobody"),
        ],
    )


def _breakable(fingerprint: str) -> list[Any]:
    """Let lines end between two bytes alone; what is copied is the fingerprint."""
    bytes_shown = fingerprint.split(":")
    parts: list[Any] = [bytes_shown[0]]
    for each in bytes_shown[1:]:
        parts += [":", html.Wbr(), each]
    return parts


def _card(title: str, rows: Sequence[tuple[str, Any]], more: Sequence[tuple[str, Any]] = ()) -> Any:
    """Return a card; what few want to know is folded away."""
    body = [html.H2(title), _rows(rows)]
    if more:
        body.append(html.Details([html.Summary("More"), _rows(more)], className="vz-more"))
    return html.Section(body, className="vz-card")


def _rows(rows: Sequence[tuple[str, Any]]) -> Any:
    items = [html.Li([html.Span(name), html.Span(value)]) for name, value in rows]
    return html.Ul(items, className="vz-rows")


def _log() -> Any:
    """Return the log; `assets/system.js` fills it."""
    return html.Section(
        [
            html.H2("Log"),
            html.Div(
                [
                    _choice("log-level", "Least grave lines to show", _LEVELS),
                    _choice("log-process", "Whose lines to show", _PROCESSES),
                ],
                className="vz-log-filters",
            ),
            html.Pre(id="log-lines", className="vz-log", tabIndex=0, role="log", **named("Log")),
            html.P(id="log-note", className="vz-empty", role="status"),
            html.Div(
                [
                    _button("log-pause", "Pause"),
                    _button("log-copy", "Copy"),
                    _button("log-download", "Download"),
                ],
                className="vz-actions",
            ),
        ],
        id="system-log",
        className="vz-card",
    )


def _choice(component_id: str, name: str, choices: tuple[tuple[str, str], ...]) -> Any:
    """Return a choice; a group of buttons, so that the page's script can read it."""
    return html.Div(
        [
            html.Button(
                text,
                type="button",
                className="vz-chip",
                **{"data-value": value, "aria-pressed": "true" if index == 0 else "false"},
            )
            for index, (value, text) in enumerate(choices)
        ],
        id=component_id,
        className="vz-chips",
        role="group",
        **named(name),
    )


def _restart(manager: Manager) -> Any:
    """Return what starts a process again; `assets/system.js` does it."""
    about = "The page comes back by itself after some seconds; recordings are finished first."
    return html.Section(
        [
            html.H2("Restart"),
            html.P(_impossible(manager.no_restart) or about, className="vz-hint"),
            html.Div(
                [
                    _button(f"restart-{what}", text, is_disabled=bool(manager.no_restart))
                    for what, text in _RESTARTS
                ],
                className="vz-actions",
            ),
            html.P(id="system-progress", className="vz-said", role="status"),
        ],
        className="vz-card",
    )


def _power(manager: Manager) -> Any:
    """Return what switches the machine off; typed, because nobody is there to switch it on."""
    about = "POWER OFF switches the device off, REBOOT starts it again."
    is_disabled = bool(manager.no_power)
    return html.Section(
        [
            html.H2("Power"),
            html.P(_impossible(manager.no_power) or about, id="power-help", className="vz-hint"),
            html.Div(
                [
                    dmc.TextInput(
                        id="power-word",
                        label="Type POWER OFF or REBOOT",
                        value="",
                        autoComplete="off",
                        disabled=is_disabled,
                    ),
                    _button("power-go", "Do it", is_disabled=is_disabled, kind="vz-danger"),
                ],
                className="vz-actions",
            ),
            html.P(id="power-said", className="vz-said", role="status"),
        ],
        className="vz-card",
    )


def _impossible(why: str) -> str:
    return f"Not possible here: {why}." if why else ""


def _help() -> Any:
    """Return what helps who helps."""
    return html.Section(
        [
            html.H2("Help"),
            html.P(
                "The bundle tells somebody who helps you how this device does: state, settings, "
                "versions, logs. It holds no passwords, tokens or Wi-Fi keys.",
                className="vz-hint",
            ),
            html.A(
                html.Span("Support bundle", **icon("download")),
                href="/api/v1/system/support",
                download="vizy-support.zip",
                className="vz-button",
            ),
        ],
        className="vz-card",
    )


def _button(component_id: str, text: str, *, is_disabled: bool = False, kind: str = "") -> Any:
    return html.Button(
        text,
        id=component_id,
        type="button",
        disabled=is_disabled,
        className=f"vz-button {kind}".rstrip(),
    )
