"""`callback_context`: Dash's own, and the browser that the callback runs for."""

# pyright: reportPrivateUsage=false
# Stock Dash's private names; typings/dash lists them.

from dash._callback_context import CallbackContext, _get_from_context

from dash_devices.clients import Client


class DevicesCallbackContext(CallbackContext):
    """Everything `dash.callback_context` has, and `client`."""

    @property
    def client(self) -> Client | None:
        """The browser that asked; None when none did.

        So it is in a first run, after a push, in a run that follows from another shared callback,
        over plain HTTP, and outside a callback.
        """
        try:
            return _get_from_context("client", None)
        except LookupError:
            return None


callback_context = DevicesCallbackContext()
