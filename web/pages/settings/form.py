"""The form of the Settings page: a card for each section, a field for each setting.

Pure functions from a report to components. A field has dict ids (`part`), so that one callback
serves all of them; a switch holds true or false, every other field the text of `human`.
"""

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import html

from vizy.settings.report import SettingsReport
from vizy.settings.schema import SettingInfo, schema
from web.pages.settings.human import written
from web.pages.settings.sections import CHOICES, SECTIONS, Entry, Section

ORDER = ["label", "input", "description", "error"]  # what is wrong takes the third place
INFOS = schema()
LABELS = {
    entry.key: entry.label for section in SECTIONS for entry in (*section.entries, *section.more)
}


def part(key: str, name: str) -> dict[str, str]:
    """Return the id of one part of a field: ``value``, ``switch``, ``row`` or ``note``."""
    return {"setting": key, "part": name}


def is_switch(info: SettingInfo) -> bool:
    """Whether a setting is shown as a switch: one that can be unset needs three places."""
    return info.type == "boolean" and not info.optional


def texts(report: SettingsReport) -> dict[str, Any]:
    """Return what every field holds when nobody has changed it."""
    return {
        key: bool(report.next[key]) if is_switch(info) else written(info, report.next[key])
        for key, info in INFOS.items()
    }


def cards(report: SettingsReport, hints: Mapping[str, Any], offers: Mapping[str, list[str]]) -> Any:
    """Return the cards.

    Args:
        report: What is set.
        hints: What stands at the head of a section, by its id.
        offers: Values to choose from in a text field, by key.
    """
    return [_card(section, report, hints.get(section.id), offers) for section in SECTIONS]


def note(report: SettingsReport, key: str) -> str:
    """Return what is to be known about a setting's state; empty when it is as anybody expects."""
    if key in report.fixed:
        return f"Fixed by {report.fixed[key]}: it cannot be changed here."
    if report.in_force[key] != report.next[key]:
        now = written(INFOS[key], report.in_force[key]) or "not set"
        return f"After a restart; until then {now}."
    return ""


def _card(
    section: Section, report: SettingsReport, hint: Any, offers: Mapping[str, list[str]]
) -> Any:
    def fields(entries: tuple[Entry, ...]) -> Any:
        found = [_field(entry, report, offers.get(entry.key)) for entry in entries]
        return html.Div(found, className="vz-fields")

    more: list[Any] = []
    if section.more:
        more = [html.Details([html.Summary("More"), fields(section.more)], className="vz-more")]
    head = [html.H2(section.title, id=f"{section.id}-title")]
    if hint is not None:
        head.append(hint)
    return html.Section(
        [*head, fields(section.entries), *more],
        id=section.id,
        className="vz-card",
        **{"aria-labelledby": f"{section.id}-title"},
    )


def _field(entry: Entry, report: SettingsReport, offered: list[str] | None) -> Any:
    info = INFOS[entry.key]
    shared: dict[str, Any] = {
        "label": entry.label,
        "description": entry.about or _usual(info),
        "disabled": entry.key in report.fixed,
    }
    value = texts(report)[entry.key]
    if is_switch(info):
        field = dmc.Switch(
            id=part(entry.key, "switch"),
            checked=value,
            labelPosition="left",
            className="vz-switch",
            **shared,
        )
    elif info.type in ("choice", "boolean"):
        choices = info.choices or ("", "true", "false")
        field = dmc.Select(
            id=part(entry.key, "value"),
            value=value,
            data=[{"value": each, "label": _choice(each)} for each in choices],
            allowDeselect=False,
            inputWrapperOrder=ORDER,
            **shared,
        )
    else:
        kind: Any = dmc.Autocomplete if offered is not None else dmc.TextInput
        field = kind(
            id=part(entry.key, "value"),
            value=value,
            placeholder=written(info, info.default) or "not set",
            inputWrapperOrder=ORDER,
            **({"data": offered} if offered is not None else {}),
            **shared,
        )
    return html.Div(
        [field, html.Div(note(report, entry.key), id=part(entry.key, "note"), className="vz-said")],
        id=part(entry.key, "row"),
        className="vz-setting",
    )


def _usual(info: SettingInfo) -> str:
    usual = written(info, info.default)
    return f"Usually {usual}." if usual else ""


def _choice(value: str) -> str:
    words = {"": "By itself", "true": "Yes", "false": "No"}
    return words.get(value, CHOICES.get(value, value))
