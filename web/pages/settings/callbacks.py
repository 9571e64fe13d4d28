"""What people do on the Settings page: type, save, discard, import, reset, restart.

Each browser's own, on the web loop. Nothing is kept here: what a person typed stays in the page
until it is saved, and the daemon keeps what is saved.
"""

import base64
import binascii
from collections.abc import Awaitable
from typing import Any

from dash.exceptions import PreventUpdate

from dash_devices import ALL, Dash, Input, Output, State, no_update
from vizy.errors import InvalidValueError, VizyError
from vizy.settings.report import SettingsReport
from web.pages.settings.entered import Entered
from web.pages.settings.form import INFOS, LABELS, note, texts
from web.pages.settings.human import written
from web.pages.settings.page import away, form, waiting
from web.pages.settings.transfer import RESET_WORD, preview
from web.parts import Parts
from web.reset import reset_everything
from web.settings import MAX_TOML, imported, reported

_VALUES = {"setting": ALL, "part": "value"}
_SWITCHES = {"setting": ALL, "part": "switch"}
_ROWS = {"setting": ALL, "part": "row"}
_NOTES = {"setting": ALL, "part": "note"}
_FIELDS = (
    State(_VALUES, "id"),
    State(_VALUES, "value"),
    State(_SWITCHES, "id"),
    State(_SWITCHES, "checked"),
    State("settings-base", "data"),
)


class SettingsCallbacks:
    """The page's callbacks.

    Args:
        parts: Of the web process.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def register(self, app: Dash) -> None:
        """Register them."""
        app.callback(
            Output("settings-form", "children"),
            Input("settings-version", "data"),
            State(_ROWS, "id"),
        )(self.fill)
        app.callback(
            Output(_VALUES, "error"),
            Output("settings-bar", "data-changes"),
            Output("settings-count", "children"),
            Output("settings-save", "disabled"),
            Input(_VALUES, "value"),
            Input(_SWITCHES, "checked"),
            Input("settings-base", "data"),
            State(_VALUES, "id"),
            State(_SWITCHES, "id"),
            prevent_initial_call=True,
        )(self.check)
        app.callback(
            Output(_VALUES, "value"),
            Output(_SWITCHES, "checked"),
            Output(_ROWS, "className"),
            Output(_NOTES, "children"),
            Output("settings-waiting", "children"),
            Output("settings-base", "data"),
            Input("settings-version", "data"),
            State(_ROWS, "id"),
            *_FIELDS,
            prevent_initial_call=True,
        )(self.refresh)
        app.callback(
            Output("settings-count", "children", allow_duplicate=True),
            Input("settings-save", "n_clicks"),
            *_FIELDS,
            prevent_initial_call=True,
        )(self.save)
        app.callback(
            Output(_VALUES, "value", allow_duplicate=True),
            Output(_SWITCHES, "checked", allow_duplicate=True),
            Input("settings-discard", "n_clicks"),
            *_FIELDS,
            prevent_initial_call=True,
        )(self.discard)
        app.callback(
            Output("settings-import", "children"),
            Output("settings-import-text", "data"),
            Output("settings-upload", "contents"),
            Input("settings-upload", "contents"),
            prevent_initial_call=True,
        )(self.look_into)
        app.callback(
            Output("settings-import", "children", allow_duplicate=True),
            Input("import-do", "n_clicks"),
            Input("import-cancel", "n_clicks"),
            State("settings-import-text", "data"),
            prevent_initial_call=True,
        )(self.import_)
        app.callback(
            Output("reset", "disabled"),
            Input("reset-word", "value"),
        )(self.guard_reset)
        app.callback(
            Output("reset-said", "children"),
            Input("reset", "n_clicks"),
            State("reset-word", "value"),
            State("reset-captures", "checked"),
            prevent_initial_call=True,
        )(self.reset)
        app.callback(
            Output("settings-waiting", "children", allow_duplicate=True),
            Input("settings-restart", "n_clicks"),
            prevent_initial_call=True,
        )(self.restart)

    async def fill(self, version: Any, rows: list[Any]) -> Any:
        """Show the form, unless it is there already: then `refresh` brings it up to date."""
        if rows:
            raise PreventUpdate
        device = self._parts.device
        try:
            return form(await self._report(), device.state, await device.list_cameras())
        except VizyError as error:
            return away(str(error))

    async def check(
        self,
        values: list[Any],
        switches: list[Any],
        base: Any,
        ids: list[Any],
        switch_ids: list[Any],
    ) -> tuple[list[str], str, str, bool]:
        """Judge what stands in the fields; return what to say beside each and in the bar."""
        entered = Entered.of([*ids, *switch_ids], [*values, *switches], base)
        errors = entered.errors()
        said = _count(entered)
        if entered.edited and not errors:
            try:
                entered.check_together(await self._report(), self._parts.settings)
            except VizyError as error:
                errors[""] = said = str(error)
        elif errors:
            said = f"{said}, {len(errors)} cannot be taken"
        beside = [errors.get(each["setting"], "") for each in ids]
        return beside, str(len(entered.edited)), said, bool(errors)

    async def refresh(
        self,
        version: Any,
        rows: list[Any],
        ids: list[Any],
        values: list[Any],
        switch_ids: list[Any],
        switches: list[Any],
        base: Any,
    ) -> Any:
        """Show what is set now; what a person has typed stays, what others changed is marked."""
        if not rows:
            raise PreventUpdate
        try:
            report = await self._report()
        except VizyError:  # away again: its return is told by another version
            raise PreventUpdate from None
        new = texts(report)
        entered = Entered.of([*ids, *switch_ids], [*values, *switches], base)
        edited = {key for key in entered.edited if not entered.means(key, new[key])}

        def shown(key: str) -> Any:
            is_shown = key in edited or entered.fields[key] == new[key]
            return no_update if is_shown else new[key]

        moved = {key for key in new if new[key] != base[key] and not entered.means(key, new[key])}
        is_told_again = new == base  # then the marks of what was told last stay

        def marked(key: str) -> Any:
            if is_told_again:
                return no_update
            return "vz-setting is-moved" if key in moved else "vz-setting"

        def said(key: str) -> Any:
            if is_told_again and key in edited:
                return no_update
            return _said(report, key, moved, edited)

        return (
            [shown(each["setting"]) for each in ids],
            [shown(each["setting"]) for each in switch_ids],
            [marked(each["setting"]) for each in rows],
            [said(each["setting"]) for each in rows],
            waiting(report),
            new,
        )

    async def save(self, clicks: Any, *fields: Any) -> Any:
        """Save; what comes of it is told by the daemon to every page."""
        if not clicks:
            raise PreventUpdate
        try:
            changes = _entered(fields).changes()
            if changes:
                await self._parts.device.change_settings(changes)
        except VizyError as error:
            return str(error)
        return "Saved"

    def discard(self, clicks: Any, *fields: Any) -> Any:
        """Fill the fields again as they were."""
        ids, _, switch_ids, _, base = fields
        if not clicks:
            raise PreventUpdate
        return [base[each["setting"]] for each in ids], [
            base[each["setting"]] for each in switch_ids
        ]

    async def look_into(self, contents: str | None) -> Any:
        """Show what a file would change."""
        if not contents:
            raise PreventUpdate
        try:
            text = _decoded(contents)
            report = await self._report()
            changes = imported(text, report)
        except VizyError as error:
            return str(error), None, None
        pairs = {
            key: (
                _cell(key, report.next[key]),
                _cell(key, INFOS[key].default if to is None else to),
            )
            for key, to in changes.items()
        }
        return preview(pairs, LABELS), text, None

    async def import_(self, done: Any, cancelled: Any, text: str | None) -> Any:
        """Import the file that was looked into, or let it be."""
        if not done and not cancelled:
            raise PreventUpdate
        if not done or not text:
            return ""

        async def change() -> str:
            changes = imported(text, await self._report())
            await self._parts.device.change_settings(changes)
            count = len(changes)
            return f"Imported: {count} setting{'' if count == 1 else 's'} changed."

        return await _told(change())

    def guard_reset(self, word: str | None) -> bool:
        """Return whether the button is out of reach."""
        return word != RESET_WORD

    async def reset(self, clicks: Any, word: str | None, captures: bool) -> str:
        """Make Vizy as new."""
        if not clicks or word != RESET_WORD:
            raise PreventUpdate

        async def make_new() -> str:
            await reset_everything(self._parts, captures=captures, restart=True)
            return "Vizy is as new, and starts again."

        return await _told(make_new())

    async def restart(self, clicks: Any) -> str:
        """Start both processes again."""
        if not clicks:
            raise PreventUpdate

        async def again() -> str:
            await self._parts.system.restart("all")
            return "Vizy starts again; this page comes back by itself."

        return await _told(again())

    async def _report(self) -> SettingsReport:
        return reported(await self._parts.device.get_settings(), self._parts.settings)


def _entered(fields: tuple[Any, ...]) -> Entered:
    ids, values, switch_ids, switches, base = fields
    return Entered.of([*ids, *switch_ids], [*values, *switches], base)


def _count(entered: Entered) -> str:
    count = len(entered.edited)
    return "" if not count else "1 change" if count == 1 else f"{count} changes"


def _said(report: SettingsReport, key: str, moved: set[str], edited: set[str]) -> str:
    if key in moved and key in edited:
        return f"Somebody else set this to {_cell(key, report.next[key])}."
    return note(report, key)


def _cell(key: str, value: Any) -> str:
    return _yes(value) if isinstance(value, bool) else written(INFOS[key], value) or "not set"


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _decoded(contents: str) -> str:
    """Return the text of an uploaded file.

    Raises:
        InvalidValueError: It is too large or no text.
    """
    try:
        data = base64.b64decode(contents.partition(",")[2], validate=True)
        text = data.decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise InvalidValueError("the file is no text: choose one that Export made") from error
    if len(data) > MAX_TOML:
        raise InvalidValueError(f"the file is above {MAX_TOML} bytes, the largest taken")
    return text


async def _told(doing: Awaitable[str]) -> str:
    try:
        return await doing
    except VizyError as error:
        return str(error)
