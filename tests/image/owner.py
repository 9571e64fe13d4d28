"""The owner of a device, who does by http what a person does in a browser."""

import io
import time
from typing import Any

import httpx
from PIL import Image as Picture

from tests.image.guest import Guest

NAME, PASSWORD = "owner", "a card in the garden"


class Owner:
    """Signed in.

    Args:
        guest: The device.
    """

    def __init__(self, guest: Guest) -> None:
        self._guest = guest
        self.http = httpx.Client(base_url=guest.url, headers={"Origin": guest.url}, timeout=60)

    def close(self) -> None:
        """Leave."""
        self.http.close()

    def visit_first(self) -> None:
        """Make the account, as the first visit asks for."""
        page = {"Accept": "text/html"}
        first = self.http.get("/", headers=page)
        while first.is_redirect:
            first = self.http.get(first.headers["location"], headers=page)
        assert "Make my account" in first.text, first.text[:2000]
        made = self._submit("/welcome", PASSWORD)
        assert (made.status_code, made.headers["location"]) == (303, "/"), made.text

    def sign_in(self, password: str = PASSWORD) -> bool:
        """Sign in; tell whether one is let in."""
        self.http.cookies.clear()
        return self._submit("/login", password).status_code == 303

    def ask(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """Call the API; the answer must be a success."""
        answer = self.http.request(method, f"/api/v1{path}", json=body, **options)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def state(self) -> Any:
        """Return the device's state."""
        return self.ask("GET", "/state")

    def until_state(self, what: str, holds: Any) -> Any:
        """Wait for a state; restarts in between are waited for."""

        def look() -> Any:
            answer = self.http.get("/api/v1/state", timeout=10)
            state = answer.json() if answer.is_success else None
            return state if state and holds(state) else None

        return self._guest.until(what, look)

    def plug_in_camera(self) -> None:
        """Give the device a camera, and choose it as on the Settings page; it stays over starts.

        The kernel's own test camera, through the real V4L2: a scene that the emulator can afford.
        """
        self._guest.ask("echo 'options vivid n_devs=1 node_types=0x1' >/etc/modprobe.d/vivid.conf")
        self._guest.ask("echo vivid >/etc/modules-load.d/vivid.conf; modprobe vivid")
        camera = {
            "backend": "v4l2",
            "device": "/dev/video0",
            "width": 640,
            "height": 480,
            "fps": 10,
        }
        self.ask("PATCH", "/settings", {f"camera.{name}": value for name, value in camera.items()})
        before = self.state()["health"]["pid"]
        self.ask("POST", "/system/restart", {"what": "hardware"})
        self.until_state(
            "the camera is ready",
            lambda s: s["health"]["pid"] != before and s["camera"]["status"] == "ready",
        )

    def take_picture(self) -> Any:
        """Take a picture; return what the API says of it."""
        return self.ask("POST", "/captures", {})

    def check_picture(self, capture: Any) -> None:
        """Download a picture whole and look at it."""
        assert capture["media_type"] == "image/jpeg", capture
        answer = self.http.get(f"/api/v1/captures/{capture['id']}/file")
        assert answer.is_success, answer.text
        assert len(answer.content) == capture["bytes"], capture
        with Picture.open(io.BytesIO(answer.content)) as picture:
            assert picture.format == "JPEG"
            size = capture["size"]
            assert picture.size == (size["width"], size["height"])
            picture.load()

    def captures(self) -> list[Any]:
        """Return all captures, newest first."""
        found: list[Any] = []
        path = "/captures?limit=200"
        while path:
            page = self.ask("GET", path)
            found += page["items"]
            path = f"/captures?limit=200&before={page['next']}" if page.get("next") else ""
        return found

    def live_pictures(self, count: int) -> list[bytes]:
        """Return so many pictures of the live stream."""
        marker = b"\xff\xd8"
        found: list[bytes] = []
        rest = b""
        deadline = time.monotonic() + 120
        with self.http.stream("GET", "/stream.mjpg?width=320", timeout=60) as stream:
            assert stream.is_success, stream.status_code
            for piece in stream.iter_bytes():
                rest += piece
                while (end := rest.find(b"\xff\xd9")) >= 0:
                    begin = rest.find(marker)
                    found.append(rest[begin : end + 2])
                    rest = rest[end + 2 :]
                if len(found) >= count or time.monotonic() > deadline:
                    return found
        return found

    def _submit(self, path: str, password: str) -> httpx.Response:
        return self.http.post(
            path,
            data={"name": NAME, "password": password},
        )
