"""Carrying settings over and making Vizy as new: the last card of the Settings page. Pure."""

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from web.api.mount import BASE

RESET_WORD = "RESET"


def transfer() -> Any:
    """Return the card."""
    return html.Section(
        [
            html.H2("Export, import, reset", id="transfer-title"),
            html.P(
                "Export writes the settings into a file that another Vizy can import. "
                "It holds no passwords.",
                className="vz-hint",
            ),
            html.Div(
                [
                    html.A(
                        "Export",
                        href=f"{BASE}/settings/export",
                        download="vizy.toml",
                        className="vz-button",
                    ),
                    dcc.Upload(
                        html.Button("Import a file", type="button", className="vz-button"),
                        id="settings-upload",
                        accept=".toml",
                        max_size=64 * 1024,
                    ),
                ],
                className="vz-actions",
            ),
            dcc.Store(id="settings-import-text"),
            html.Div(id="settings-import", role="status"),
            html.Details(
                [
                    html.Summary("Factory reset"),
                    html.P(
                        "Settings, presets, jobs, controls and users become as on the first day, "
                        "and the owner's account is made anew. Captures stay unless you say so.",
                        className="vz-hint",
                    ),
                    dmc.Switch(
                        id="reset-captures",
                        label="Delete all captures too, protected ones as well",
                        labelPosition="left",
                        checked=False,
                        className="vz-switch",
                    ),
                    html.Div(
                        [
                            dmc.TextInput(
                                id="reset-word",
                                label=f"Type {RESET_WORD} to confirm",
                                value="",
                                autoComplete="off",
                            ),
                            html.Button(
                                "Reset Vizy",
                                id="reset",
                                type="button",
                                disabled=True,
                                className="vz-button vz-danger",
                            ),
                        ],
                        className="vz-actions vz-start-over",
                    ),
                    html.P("", id="reset-said", role="status", className="vz-said"),
                ],
                className="vz-more",
            ),
        ],
        id="transfer",
        className="vz-card",
        **{"aria-labelledby": "transfer-title"},
    )


def preview(changes: dict[str, tuple[str, str]], labels: dict[str, str]) -> Any:
    """Return what an import would change, and the buttons to do it or not."""
    if not changes:
        return html.P("The file says what is set already: nothing changes.", className="vz-hint")
    rows = [
        html.Tr([html.Th(labels[key], scope="row"), html.Td(old), html.Td(new)])
        for key, (old, new) in changes.items()
    ]
    head = html.Tr([html.Th(text, scope="col") for text in ("Setting", "Now", "Then")])
    return html.Div(
        [
            html.Table([html.Thead(head), html.Tbody(rows)], className="vz-table"),
            html.Div(
                [
                    html.Button("Cancel", id="import-cancel", type="button", className="vz-button"),
                    html.Button(
                        "Import",
                        id="import-do",
                        type="button",
                        className="vz-button vz-primary",
                    ),
                ],
                className="vz-actions",
            ),
        ]
    )
