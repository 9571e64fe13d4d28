"""`Pages`: what a browser tab is remembered by while its connection is broken.

A page names itself by a random number of its own making in every hello. While the server runs it
remembers of each page the last request that it took, so that a request whose answer was lost is not
run twice, and one that was lost itself is sent again; and the attributes that the application gave
to its client. Bounded: the page that was away longest is forgotten first. Event loop only.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dash_devices.transport import Conversation

MAX_PAGES = 4096


class Page:
    """One tab, over all its connections.

    Attributes:
        seen: The last request that it made and that arrived.
        conversation: The connection that it has now, if any.
        attributes: What the application gave to its client on the connection before.
    """

    def __init__(self) -> None:
        self.seen = 0
        self.conversation: Conversation | None = None
        self.attributes: dict[str, Any] = {}


class Pages:
    """The tabs that are or were connected, by the number that they gave themselves."""

    def __init__(self, limit: int = MAX_PAGES) -> None:
        self._limit = limit
        self._pages: dict[str, Page] = {}

    def enter(self, name: str | None) -> Page:
        """Return what is known of a page; a page without a name is always new."""
        if name is None:
            return Page()
        page = self._pages.pop(name, None) or Page()
        self._pages[name] = page
        if len(self._pages) > self._limit:
            away = (name for name, page in self._pages.items() if page.conversation is None)
            del self._pages[next(away, next(iter(self._pages)))]
        return page

    def __contains__(self, name: object) -> bool:
        return name in self._pages

    def __len__(self) -> int:
        return len(self._pages)
