"""`Content`: what a page is given to draw, and how it knows that the application is another one.

The layout with the shared values laid over it, the callbacks, and a fingerprint of both. Writing a
layout may block in a layout function and is done in threads; the rest on the event loop.
"""

# pyright: reportPrivateUsage=false
# Stock Dash's private names; typings/dash lists them.

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec
from dash._utils import to_json

from dash_devices.compat import layout_of
from dash_devices.protocol import Callbacks

if TYPE_CHECKING:
    from dash_devices.app import Dash


class Content:
    """What the pages of one application are made of."""

    def __init__(self, app: "Dash") -> None:
        self._app = app
        self._skeleton = b""  # what a page is made of besides its callbacks
        self._fingerprint, self._fingerprint_of = "", -1
        self._laid_over: tuple[int, str, bytes] | None = None  # the last: pages come in crowds

    def layout(self) -> str:
        """The layout as JSON, as it was written, without shared values; may block."""
        return to_json(layout_of(self._app))

    def learn(self, layout: str, script_tag: str) -> None:
        """Take in what the pages of this run of the server have in common.

        Args:
            layout: The layout as JSON.
            script_tag: Changes with our own script.
        """
        app = self._app
        state = app.shared_state
        if app.validation_layout and app.validation_layout is not app.layout:
            state.index(msgspec.json.decode(to_json(app.validation_layout)))  # every page's
        state.index(msgspec.json.decode(layout))
        written = "" if callable(app.layout) else layout  # a function may give another each time
        self._skeleton = "\n".join((written, app._generate_scripts_html(), script_tag)).encode()

    def overlay(self, layout: str) -> bytes:
        """Lay the shared values over a layout, or over whatever holds new components.

        The callbacks of components that were never seen before run once.
        """
        state = self._app.shared_state
        if self._laid_over is None or self._laid_over[:2] != (state.revision, layout):
            laid_over = msgspec.json.encode(state.overlay(msgspec.json.decode(layout)))
            self._laid_over = (state.revision, layout, laid_over)
            self._app.engine.start_added()
            return laid_over
        return self._laid_over[2]

    def overlay_answer(self, answer: str | None) -> str | bytes | None:
        """Lay the shared values over the components that a callback has returned.

        So a Dash page, or a tab that a callback fills, shows the live state as the layout does.
        """
        return self.overlay(answer) if answer and '"namespace"' in answer else answer

    def dependencies(self) -> str:
        """The callbacks as JSON, as the renderer wants them."""
        return to_json(self._callback_list)

    @property
    def _callback_list(self) -> list[dict[str, Any]]:
        return self._app._callback_list

    def callbacks(self) -> Callbacks:
        """What a page has to know of the callbacks besides."""
        app = self._app
        return Callbacks(
            app=self._application(),
            shared=[callback.id for callback in app.engine.callbacks],
            serial=list(app.serial),
            background=[spec["output"] for spec in self._callback_list if spec.get("background")],
            chains=app.chains.followers(),
        )

    def _application(self) -> str:
        if self._fingerprint_of != len(self._callback_list):
            self._fingerprint_of = len(self._callback_list)
            digest = hashlib.sha256(self._skeleton + self.dependencies().encode())
            self._fingerprint = digest.hexdigest()[:16]
        return self._fingerprint
