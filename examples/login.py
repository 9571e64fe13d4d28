"""A page that asks for a password before it shows anything.

There is no password to steal from this file: each start makes a random one, prints it on the
terminal and keeps only its scrypt hash. (A device would ask its first user, and keep the hash.)

Who has logged in is noted on the client: `client.session`, an attribute of our own, a random
token. Such attributes stay with a page when its connection breaks and comes back, so nobody has to
log in again because of that. It is no cookie on purpose: nothing is stored in the browser, and a
reload asks again. What only some may see is never shared: shared values reach every browser that
is connected. It is pushed to each of those who may.
"""

import asyncio
import hashlib
import hmac
import math
import secrets
import time

from dash import dcc, html

from dash_devices import Client, ConnectionBadge, Dash, Input, Output, State, ctx

MAX_ADDRESSES = 1000


def scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1)


def form():
    return html.Section(className="card narrow", children=[
        html.Label(["Password", dcc.Input(id="password", type="password", autoFocus=True,
                                          autoComplete="current-password")]),
        html.Div(className="row", children=[
            html.Button("Log in", id="log-in", className="main"),
            html.P(id="message", className="bad", role="alert")]),
    ])  # fmt: skip


def content(note: str):
    return html.Section(className="card", children=[
        html.Div(className="row", children=[
            html.H2("Note"), html.Button("Log out", id="log-out", className="end")]),
        dcc.Textarea(id="note", value=note, placeholder="Everybody who is logged in sees this."),
        html.Div(html.Button("Save", id="save", className="main"), className="row"),
    ])  # fmt: skip


def make(password: str, *, wait_s: float = 1.0) -> Dash:
    """``wait_s`` passes after the first wrong try of an address, twice as long after the next."""
    # The content's components are in no layout until somebody has logged in.
    app = Dash(__name__, title="A note for a few", suppress_callback_exceptions=True)
    app.layout = html.Main(id="page", children=[
        html.Header([html.H1("A note for a few"), ConnectionBadge("connection")]),
        html.Div(id="body"),
    ])  # fmt: skip
    salt = secrets.token_bytes(16)
    wanted = scrypt(password, salt)
    sessions: set[str] = set()
    tries: dict[str, tuple[int, float]] = {}  # of an address: how many, and when the next may come
    note = ""

    def is_logged_in(client: Client | None) -> bool:
        return client is not None and getattr(client, "session", None) in sessions

    @app.callback_authorize_output
    def may(client: Client | None, output: str) -> bool:
        return client is not None and (output == "message.children" or is_logged_in(client))

    @app.callback_connect
    def greet(client: Client, connected: bool):
        if is_logged_in(client):  # it was away for a moment
            client.authentication = "owner"
            return None
        return {"body": {"children": form()}}

    @app.callback(Output("message", "children"),
                  Input("log-in", "n_clicks"), Input("password", "n_submit"),
                  State("password", "value"), prevent_initial_call=True)  # fmt: skip
    async def log_in(_clicks, _submits, given):
        client = ctx.client
        count, not_before = tries.get(client.address, (0, 0.0))
        if (left_s := not_before - time.monotonic()) > 0:
            return f"Too many tries: wait {math.ceil(left_s)} s."
        # Counted before it is looked at, so that tries at the same time count too.
        tries[client.address] = count + 1, time.monotonic() + wait_s * 2 ** min(count, 12)
        if len(tries) > MAX_ADDRESSES:
            del tries[next(iter(tries))]
        if not hmac.compare_digest(await asyncio.to_thread(scrypt, given or "", salt), wanted):
            return "That is not the password."
        tries.pop(client.address, None)
        client.session, client.authentication = secrets.token_urlsafe(), "owner"
        sessions.add(client.session)
        return Output("body", "children", content(note))  # instead of the message

    @app.callback(Output("body", "children"), Input("log-out", "n_clicks"),
                  prevent_initial_call=True)  # fmt: skip
    async def log_out(_):
        client = ctx.client
        sessions.discard(client.session)
        client.session = client.authentication = None
        return form()

    @app.callback(None, Input("save", "n_clicks"), State("note", "value"),
                  prevent_initial_call=True)  # fmt: skip
    async def save(_, value):
        nonlocal note
        note = value
        for client in app.clients:
            if is_logged_in(client):
                app.push_mods({"note": {"value": note}}, client)

    return app


if __name__ == "__main__":
    password = secrets.token_urlsafe(9)
    print(f"The password is {password}")
    make(password).run(port=8050)
