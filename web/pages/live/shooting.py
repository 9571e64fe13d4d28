"""What people do at the capture bar: pictures, jobs and recordings, as callbacks.

They run on the web loop, in order of arrival, and only hand over what is asked for, so that presses
queue in the daemon, which says when it is too many. What a job does meanwhile, and what became of
it, every page sees in the state (`web.pages.live.jobs`).
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

from dash_devices import MATCH, Client, ClientsideFunction, Dash, Input, Output, State, ctx
from vizy.device import DeviceMirror
from vizy.errors import BusyError, VizyError
from vizy.jobs import Recording
from web.pages.live.jobs import job_part
from web.pages.live.modes import MOTION, OPTIONS, PHOTO, RAW, spec_of
from web.pages.live.notices import Notices

_MAX_PRESSES = 16


class Shooting:
    """Registers the callbacks of the capture bar and owns what they have asked the daemon for.

    Args:
        app: The Dash application.
        device: The mirror of the hardware process.
        notices: Where refusals are said.
    """

    def __init__(self, app: Dash, device: DeviceMirror, notices: Notices) -> None:
        self._device = device
        self._notices = notices
        self._tasks: set[asyncio.Task[None]] = set()
        app.callback_s2(  # each browser has chosen its own mode
            None,
            Input("capture", "n_clicks"),
            State("mode", "value"),
            State("capture", "data-motion"),
            *(State(option.id, "value") for option in OPTIONS),
            domain="shutter",
        )(self._press)
        app.clientside_callback(
            ClientsideFunction("vizy", "shutterName"),
            Output("capture", "aria-label"),
            Input("mode", "value"),
            prevent_initial_call=True,
        )
        app.callback_s2(
            None, Input("record", "n_clicks"), State("record", "data-job"), domain="shutter"
        )(self._record)
        app.callback_shared(
            Output(job_part(MATCH, "note"), "children", allow_duplicate=True),
            Input(job_part(MATCH, "stop"), "n_clicks"),
            prevent_initial_call=True,
            domain="shutter",
        )(self._stop)

    async def close(self) -> None:
        """Stop waiting; the daemon finishes what it has taken."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _press(
        self, presses: int | None, mode: str | None, motion: str | None, *chosen: str
    ) -> None:
        """Take a picture or start a job; stop the motion watch that the page showed."""
        if not presses:
            return
        options = dict(zip((option.id for option in OPTIONS), chosen, strict=True))
        if (mode or PHOTO) == PHOTO:
            self._hand_over(self._capture(raw=options[RAW] == "raw"))
        elif mode == MOTION and motion:
            self._hand_over(self._device.stop_job(motion))
        else:
            try:
                self._hand_over(self._device.start_job(spec_of(mode or "", options)))
            except VizyError as error:
                self._notices.say(str(error), ctx.client, failed=True)

    async def _record(self, presses: int | None, recording: str | None) -> None:
        """Start a recording, or stop the one that the page showed."""
        if presses and recording:
            self._hand_over(self._device.stop_job(recording))
        elif presses:
            self._hand_over(self._device.start_job(Recording()))

    async def _stop(self, presses: int | None) -> str:
        """Stop a job."""
        if presses:
            self._hand_over(self._device.stop_job(ctx.triggered_id["job"]))
        return ""

    async def _capture(self, *, raw: bool) -> None:
        """Take a picture; everybody is told, since everybody's filmstrip shows it."""
        try:
            capture = await self._device.capture(raw=raw)
        except VizyError as error:
            self._notices.say(str(error), failed=True)
        else:
            size = capture.bytes + capture.raw_bytes
            self._notices.say(f"Saved, {size / 1e6:.1f} MB")

    def _hand_over(self, call: Coroutine[Any, Any, object]) -> None:
        client = ctx.client
        if len(self._tasks) >= _MAX_PRESSES:
            call.close()
            refusal = BusyError(f"{_MAX_PRESSES} presses are on their way already")
            self._notices.say(str(refusal), client, failed=True)
            return
        task = asyncio.get_running_loop().create_task(self._run(call, client), name="capture bar")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, call: Coroutine[Any, Any, object], client: Client | None) -> None:
        try:
            await call
        except VizyError as error:
            self._notices.say(str(error), client, failed=True)
