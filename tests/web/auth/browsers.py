"""Browsers of the whole application in this process, signed in with a role or not."""

from typing import Any

from quart import Response
from quart.typing import TestClientProtocol as Client

from tests.system import people
from web.auth.identity import COOKIE, RoleName

OWN = {"Origin": "http://localhost"}
FORM = {**OWN, "Content-Type": "application/x-www-form-urlencoded"}


def browser(server: Any, role: RoleName | None = None) -> Client:
    client = server.test_client()
    if role:
        client.set_cookie("localhost", COOKIE, people.session_secret(role))
    return client


async def submit(client: Client, path: str, text: str, **headers: str) -> Response:
    return await client.post(path, data=text, headers={**FORM, **headers})


def cookie_of(response: Response) -> str:
    return response.headers.get("Set-Cookie", "")
