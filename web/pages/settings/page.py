"""The frame of the Settings page; how it looks is `assets/settings.css`."""

from collections.abc import Mapping
from typing import Any

from dash import dcc, html

from vizy.settings.report import SettingsReport
from vizy.state import DeviceState
from web.pages.named import named
from web.pages.settings import host
from web.pages.settings.form import INFOS, cards, texts
from web.pages.settings.human import written
from web.pages.settings.sections import SECTIONS
from web.pages.settings.transfer import transfer

_BYTES = INFOS["storage.floor_bytes"]


def frame(version: str) -> Any:
    """Return the page without its cards.

    Args:
        version: Of what is set; another one makes the page look again.
    """
    return html.Div(
        [
            dcc.Store(id="settings-version", data=version),
            html.H1("Settings"),
            html.Div(id="settings-form"),
        ],
        className="vz-page vz-settings",
        role="main",
    )


def form(report: SettingsReport, state: DeviceState | None, cameras: Mapping[str, str]) -> Any:
    """Return the cards, the way to each of them, and the bar.

    Args:
        report: What is set.
        state: Of the device; None before the first.
        cameras: What was found: how it is chosen, and what it is.
    """
    hints = {
        "camera": _found(cameras),
        "storage": html.P(disk(state), id="settings-disk", className="vz-hint"),
    }
    devices = [source.partition(":")[2] for source in cameras if source.startswith("v4l2:")]
    presets = [preset.name for preset in state.presets] if state else []
    offers = {"camera.device": devices, "startup.preset": presets}
    links = [(section.id, section.title) for section in SECTIONS]
    links += [*host.SECTIONS, ("transfer", "Export and reset")]
    return [
        dcc.Store(id="settings-base", data=texts(report)),
        html.Div(
            [
                html.Nav(
                    [html.A(title, href=f"#{anchor}") for anchor, title in links],
                    className="vz-sections",
                    **named("Sections"),
                ),
                html.Div(
                    [
                        html.Div(waiting(report), id="settings-waiting", role="status"),
                        *cards(report, hints, offers),
                        *host.host_cards(),
                        transfer(),
                    ],
                    className="vz-cards",
                ),
            ],
            className="vz-split",
        ),
        _bar(),
    ]


def away(reason: str) -> Any:
    """Return what stands in place of the cards while nobody knows the settings."""
    return html.Div(
        [
            html.P(reason),
            html.P("The settings appear here as soon as the camera process answers."),
        ],
        className="vz-card vz-hint vz-away",
    )


def disk(state: DeviceState | None) -> str:
    """Return how much room there is, in a sentence."""
    if state is None or not state.storage.total_bytes:
        return "How full the disk is will be known once the camera answers."
    storage = state.storage
    free, total = _size(storage.free_bytes), _size(storage.total_bytes)
    number = state.captures.count
    captures = f"{number} capture{'' if number == 1 else 's'}"
    return f"{free} of {total} are free; there are {captures}."


def waiting(report: SettingsReport) -> Any:
    """Return what says that a restart is due, with the button for it; empty when none is."""
    if not report.waiting:
        return ""
    count = len(report.waiting)
    text = "1 setting waits" if count == 1 else f"{count} settings wait"
    return html.Div(
        [
            html.Span(f"{text} for a restart, which takes some seconds."),
            html.Button("Restart now", id="settings-restart", type="button", className="vz-button"),
        ],
        className="vz-due",
    )


def _found(cameras: Mapping[str, str]) -> Any:
    items = [html.Li([html.Code(source), f" {what}"]) for source, what in cameras.items()]
    return html.Details(
        [html.Summary("Cameras that were found"), html.Ul(items)], className="vz-more vz-found"
    )


def _bar() -> Any:
    return html.Div(
        [
            html.Span("", id="settings-count", role="status"),
            html.Button("Discard", id="settings-discard", type="button", className="vz-button"),
            html.Button(
                "Save", id="settings-save", type="button", className="vz-button vz-primary"
            ),
        ],
        id="settings-bar",
        **{"data-changes": "0"},
    )


def _size(number: int) -> str:
    for unit, size in (("GiB", 2**30), ("MiB", 2**20)):
        if number >= size:
            return f"{number / size:.1f} {unit}"
    return written(_BYTES, number)
