"""The System page: how the device does, its log, and its switches.

What is shown is each browser's own: nothing of it is pushed to those who may not see it. Log and
switches are `assets/system.js`, which talks to the API. On the web loop.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from dash import dcc, html

from dash_devices import Dash, Input, Output
from vizy.health import ProcessFigures
from vizy.state import StorageState
from web.auth.identity import Role
from web.pages.named import icon, named
from web.pages.sensors.readings import duration, size
from web.parts import Parts
from web.system.system import SystemView
from web.tls.certificate import Certificate

_LOOK_MS = 5000
_LEVELS = (("debug", "Everything"), ("info", "Info"), ("warning", "Warnings"), ("error", "Errors"))
_PROCESSES = (("", "Both processes"), ("hardware", "Camera"), ("web", "Web"))
_RESTARTS = (
    ("hardware", "Restart camera process"),
    ("web", "Restart web process"),
    ("all", "Restart both"),
)


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
                _switches(),
                dcc.Interval(id="system-look", interval=_LOOK_MS),
            ],
            className="vz-page",
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
        ("Board", computer.model or "not known"),
        ("System", computer.system),
        ("Kernel", f"{computer.kernel}, {computer.architecture}"),
        ("Up for", duration(computer.uptime_s)),
        ("Clock", clock[computer.is_clock_set]),
        ("Throttling", ", ".join(computer.throttling) or "none"),
        ("Processes kept by", view.manager),
    ]
    return [
        html.P(view.verdict.text, className="vz-verdict", **{"data-status": view.verdict.status}),
        html.Div(
            [
                _process("Camera process", view.hardware.process if view.hardware else None),
                _process("Web process", view.web),
                _storage(view.storage),
                _card("Device", rows),
                _card("Versions", list(view.versions.items())),
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
            ("Processor time", f"{figures.cpu_s:.0f} s"),
            ("Threads", str(figures.threads)),
            ("Open files", str(figures.files)),
            ("Late by at most", f"{1000 * figures.loop_lag_s:.0f} ms"),
            ("Started", figures.started.replace("T", " ").replace("Z", " UTC")),
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


def _card(title: str, rows: Sequence[tuple[str, Any]]) -> Any:
    items = [html.Li([html.Span(name), html.Span(value)]) for name, value in rows]
    return html.Section([html.H2(title), html.Ul(items, className="vz-rows")], className="vz-card")


def _log() -> Any:
    """Return the log; `assets/system.js` fills it."""
    return html.Section(
        [
            html.H2("Log"),
            html.Div(
                [
                    _choice("log-level", "Least grave lines to show", _LEVELS),
                    _choice("log-process", "Whose lines to show", _PROCESSES),
                    _button("log-pause", "Pause"),
                    _button("log-copy", "Copy"),
                    _button("log-download", "Download"),
                ],
                className="vz-buttons",
            ),
            html.Pre(id="log-lines", className="vz-log", tabIndex=0, role="log", **named("Log")),
            html.P(id="log-note", className="vz-empty", role="status"),
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
                className="vz-choice",
                **{"data-value": value, "aria-pressed": "true" if index == 0 else "false"},
            )
            for index, (value, text) in enumerate(choices)
        ],
        id=component_id,
        className="vz-choices",
        role="group",
        **named(name),
    )


def _switches() -> Any:
    """Return what starts and ends things; `assets/system.js` does it."""
    return html.Section(
        [
            html.H2("Switches"),
            html.Div(
                [
                    *(_button(f"restart-{what}", text) for what, text in _RESTARTS),
                    html.A(
                        html.Span("Support bundle"),
                        href="/api/v1/system/support",
                        download="vizy-support.zip",
                        className="vz-button",
                        **icon("download"),
                    ),
                ],
                className="vz-buttons",
            ),
            html.P(id="system-progress", className="vz-empty", role="status"),
            html.P(
                "To switch the device off or start it again, type POWER OFF or REBOOT.",
                id="power-help",
            ),
            html.Div(
                [
                    html.Label(
                        [
                            html.Span("POWER OFF or REBOOT", className="vz-unseen"),
                            dcc.Input(
                                id="power-word",
                                type="text",
                                autoComplete="off",
                                className="vz-word",
                            ),
                        ]
                    ),
                    _button("power-go", "Go"),
                ],
                className="vz-buttons",
            ),
        ],
        className="vz-card",
    )


def _button(component_id: str, text: str) -> Any:
    return html.Button(text, id=component_id, type="button", className="vz-button")
