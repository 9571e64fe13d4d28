"""`Traffic`: what a page costs on the wire, counted by Chromium itself."""

from typing import Any

from playwright.sync_api import Page

QUIET_MS = 1500
_BINARY = 2


class Traffic:
    """Counts bytes of responses with their heads, of text frames of WebSockets, and requests.

    What the browser's cache answers does not count, nor do binary frames: those are live pictures,
    which have no end.

    Args:
        page: Whose; not gone anywhere yet.
    """

    def __init__(self, page: Page) -> None:
        self._page = page
        self._bytes = 0.0
        self._loaded = 0
        self._asked: set[str] = set()
        devtools = page.context.new_cdp_session(page)
        devtools.send("Network.enable")
        devtools.on("Network.requestWillBeSent", self._count_request)
        devtools.on("Network.webSocketCreated", self._count_socket)
        devtools.on("Network.requestServedFromCache", self._count_cached)
        devtools.on("Network.responseReceived", self._count_response)
        devtools.on("Network.loadingFinished", self._count_bytes)
        devtools.on("Network.webSocketFrameReceived", self._count_frame)

    def at_rest(self) -> tuple[float, int]:
        """Wait until nothing more is loaded; return KiB on the wire and requests made there."""
        seen = -1
        while seen != self._loaded:
            seen = self._loaded
            self._page.wait_for_timeout(QUIET_MS)
        return self._bytes / 1024, len(self._asked)

    def _count_request(self, event: Any) -> None:
        if event["request"]["url"].startswith("http"):
            self._asked.add(event["requestId"])

    def _count_socket(self, event: Any) -> None:
        self._asked.add(event["requestId"])

    def _count_cached(self, event: Any) -> None:
        self._asked.discard(event["requestId"])

    def _count_response(self, event: Any) -> None:
        if event["response"].get("fromDiskCache"):
            self._asked.discard(event["requestId"])

    def _count_bytes(self, event: Any) -> None:
        self._bytes += event["encodedDataLength"]
        self._loaded += 1

    def _count_frame(self, event: Any) -> None:
        if event["response"]["opcode"] != _BINARY:
            self._bytes += len(event["response"]["payloadData"].encode())
