"""`Undo`: takes back what one browser has just done; on the web loop."""

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from dash_devices import MATCH, Client, Dash, Input, Output, ctx
from vizy.errors import VizyError
from web.pages.live.notices import Notices, with_undo

_MAX_OFFERS = 32
_OFFER_S = 15.0  # the notice is shown for ten, and the press takes its way

TakeBack = Callable[[], Awaitable[object]]


class Undo:
    """Offers to take things back, in the notice that tells of them.

    Args:
        app: The Dash application.
        notices: Where that is said.
    """

    def __init__(self, app: Dash, notices: Notices) -> None:
        self._notices = notices
        self._offers: OrderedDict[str, tuple[float, TakeBack]] = OrderedDict()
        app.callback_s2(
            Output({"undo": MATCH, "part": "note"}, "children"),
            Input({"undo": MATCH, "part": "press"}, "n_clicks"),
            prevent_initial_call=True,
        )(self._press)

    def offer(self, text: str, take_back: TakeBack, client: Client | None) -> None:
        """Say what was done, to who did it, and offer to take it back."""
        token = secrets.token_hex(4)
        self._offers[token] = (asyncio.get_running_loop().time(), take_back)
        while len(self._offers) > _MAX_OFFERS:
            self._offers.popitem(last=False)
        self._notices.say(with_undo(text, token), client)

    async def _press(self, presses: int | None) -> str:
        if not presses:
            return ""
        since, take_back = self._offers.pop(ctx.triggered_id["undo"], (float("-inf"), None))
        if take_back is None or asyncio.get_running_loop().time() - since > _OFFER_S:
            self._notices.say("That is too long ago to be undone", ctx.client, failed=True)
            return ""
        try:
            await take_back()
        except VizyError as error:
            self._notices.say(f"It cannot be undone: {error}", ctx.client, failed=True)
        else:
            self._notices.say("Undone", ctx.client)
        return ""
