"""What people do to the controls, as callbacks: move, reset, save and recall.

They run on the web loop, one at a time and in order of arrival, and wait until the device has taken
the value.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from dash.exceptions import PreventUpdate

from dash_devices import MATCH, ClientsideFunction, Dash, Input, Output, State, ctx
from vizy.controls import ControlInfo, ControlValue
from vizy.device import DeviceMirror
from vizy.errors import VizyError
from vizy.presets import fitting
from web.pages.live.notices import Notices
from web.pages.live.panel import by_group, group_label, group_part, label, meant, moved, part
from web.pages.live.presentation import Presentation
from web.pages.live.presets import preset_part
from web.pages.live.steering import steer, steered
from web.pages.live.undo import Undo


class Controls:
    """Registers the callbacks of the panel.

    Args:
        app: The Dash application.
        device: The mirror of the hardware process.
        presentation: What is shown again when a value was refused.
        notices: Where is said what was done, and what was refused.
    """

    def __init__(
        self, app: Dash, device: DeviceMirror, presentation: Presentation, notices: Notices
    ) -> None:
        self._app = app
        self._device = device
        self._presentation = presentation
        self._notices = notices
        self._undo = Undo(app, notices)
        for name, prop in (("value", "value"), ("switch", "checked")):
            app.callback_shared(
                Output(part(MATCH, "note"), "children", allow_duplicate=True),
                Input(part(MATCH, name), prop),
                prevent_initial_call=True,
            )(self._set_control)
        for id_of, press in (
            (part, self._reset_control),
            (group_part, self._reset_group),
        ):
            app.callback_s2(
                Output(id_of(MATCH, "note"), "children", allow_duplicate=True),
                Input(id_of(MATCH, "reset"), "n_clicks"),
                prevent_initial_call=True,
            )(press)
        for name, press in (("recall", self._recall), ("delete", self._delete)):
            app.callback_s2(
                Output(preset_part(MATCH, "note"), "children", allow_duplicate=True),
                Input(preset_part(MATCH, name), "n_clicks"),
                prevent_initial_call=True,
            )(press)
        app.callback_s2(
            Output("preset-note", "children"),
            Input("preset-save", "n_clicks"),
            Input("preset-name", "n_submit"),
            State("preset-name", "value"),
            prevent_initial_call=True,
        )(self._save)
        app.clientside_callback(
            ClientsideFunction("vizy", "show"),
            Output(part(MATCH, "number"), "children"),
            Input(part(MATCH, "value"), "value"),
        )

    async def _set_control(self, value: Any) -> str:
        """Write one control; return what to say beside it."""
        name: str = ctx.triggered_id["control"]
        info = next((i for i in self._infos if i.name == name), None)
        if info is None or value is None:
            raise PreventUpdate
        try:
            await steer(self._device, {name: meant(info, value)})
        except VizyError as error:
            return str(error)
        finally:
            # In its turn after this one: the slider shows what the device took.
            self._app.push_mods(self._presentation.mods, report=True)
        return ""

    async def _reset_control(self, presses: int | None) -> str:
        """Give one control its default."""
        name: str = ctx.triggered_id["control"]
        infos = [info for info in self._infos if info.name == name]
        return await self._reset(presses, infos, label(name))

    async def _reset_group(self, presses: int | None) -> str:
        """Give every control of a group its default."""
        group: str = ctx.triggered_id["group"]
        return await self._reset(presses, by_group(self._infos).get(group, []), group_label(group))

    async def _reset(self, presses: int | None, infos: Sequence[ControlInfo], what: str) -> str:
        _, values = steered(self._device.state)
        before = moved(infos, values)
        if not presses or not before:
            raise PreventUpdate
        defaults = {info.name: info.default for info in infos if info.name in before}
        try:
            await steer(self._device, defaults)
        except VizyError as error:
            self._notices.say(str(error), ctx.client, failed=True)
        else:
            self._offer_back(f"{what}: reset", before)
        return ""

    async def _recall(self, presses: int | None) -> str:
        """Recall a preset; say what of it the camera does not take."""
        name: str = ctx.triggered_id["preset"]
        state = self._device.state
        preset = next((p for p in state.presets if p.name == name), None) if state else None
        if not presses or preset is None or state is None:
            raise PreventUpdate
        taken, left_out = fitting(state.camera.controls, preset.values)
        before = {key: state.controls[key] for key in taken if key in state.controls}
        try:
            await self._device.recall_preset(name)
        except VizyError as error:
            self._notices.say(str(error), ctx.client, failed=True)
        else:
            names = ", ".join(label(key).lower() for key in left_out)
            without = f" without {names}, which this camera does not take" if names else ""
            self._offer_back(f"{name} recalled{without}", before)
        return ""

    async def _delete(self, presses: int | None) -> str:
        """Delete a preset."""
        name: str = ctx.triggered_id["preset"]
        state = self._device.state
        preset = next((p for p in state.presets if p.name == name), None) if state else None
        if not presses or preset is None:
            raise PreventUpdate
        try:
            await self._device.delete_preset(name)
        except VizyError as error:
            self._notices.say(str(error), ctx.client, failed=True)
        else:
            self._undo.offer(
                f"{name} deleted", lambda: self._device.save_preset(name, preset.values), ctx.client
            )
        return ""

    async def _save(
        self, presses: int | None, enters: int | None, name: str | None
    ) -> str | list[Output]:
        """Save what is set under a name; a preset of that name can be had back."""
        name = (name or "").strip()
        if not (presses or enters):
            raise PreventUpdate
        if not name:
            return "Give it a name first."
        state = self._device.state
        before = next((p for p in state.presets if p.name == name), None) if state else None
        try:
            await self._device.save_preset(name)
        except VizyError as error:
            return str(error)
        if before is None:
            self._notices.say(f"{name} saved", ctx.client)
        else:
            self._undo.offer(
                f"{name} saved anew",
                lambda: self._device.save_preset(name, before.values),
                ctx.client,
            )
        return [Output("preset-name", "value", ""), Output("preset-note", "children", "")]

    def _offer_back(self, text: str, values: Mapping[str, ControlValue]) -> None:
        self._undo.offer(text, lambda: steer(self._device, values), ctx.client)

    @property
    def _infos(self) -> Sequence[ControlInfo]:
        return steered(self._device.state)[0]
