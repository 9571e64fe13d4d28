"""The presets in the panel: a list to recall and delete, and a line to save. Pure functions."""

from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from vizy.presets import MAX_NAME, Preset
from web.pages.live.panel import PRESETS, head
from web.pages.named import icon, named


def preset_part(name: Any, what: str) -> dict[str, Any]:
    """Return the id of one part of a preset: ``recall``, ``delete`` or ``note``."""
    return {"preset": name, "part": what}


def section(changing: dict[str, Any]) -> Any:
    """Return the group of presets, with what the device says of them."""
    return html.Section(
        [
            head(PRESETS, "Presets"),
            html.Div(
                [
                    html.Div(id="presets", **changing),
                    html.Div(
                        [
                            dcc.Input(
                                id="preset-name",
                                type="text",
                                value="",
                                maxLength=MAX_NAME,
                                placeholder="Name of what is set now",
                                autoComplete="off",
                                className="vz-preset-name",
                            ),
                            html.Button(
                                "Save", id="preset-save", type="button", className="vz-preset-save"
                            ),
                        ],
                        className="vz-preset-new",
                    ),
                    html.Div(id="preset-note", role="status", className="vz-preset-note"),
                ],
                id=f"group-{PRESETS}",
                className="vz-group-body",
            ),
        ],
        className="vz-group",
        **{"data-group": PRESETS},
    )


def rows(presets: Sequence[Preset]) -> list[Any]:
    """Return a row for each preset, or a sentence on what they are for."""
    if not presets:
        return [
            html.P(
                "Save what is set now under a name, to come back to it with one touch.",
                className="vz-empty",
            )
        ]
    return [_row(preset.name) for preset in presets]


def _row(name: str) -> Any:
    return html.Div(
        [
            html.Button(
                name,
                id=preset_part(name, "recall"),
                type="button",
                title=f"Recall {name}",
                className="vz-preset-recall",
            ),
            html.Button(
                id=preset_part(name, "delete"),
                type="button",
                title=f"Delete {name}",
                className="vz-tool",
                **icon("trash"),
                **named(f"Delete {name}"),
            ),
            html.Span(id=preset_part(name, "note"), hidden=True),
        ],
        key=name,
        className="vz-preset",
    )
