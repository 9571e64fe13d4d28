"""The pages of the application: a package or a file for each, and the shell around them."""

from vizy.device import DeviceMirror
from web.pages.live import LivePage
from web.pages.page import Page

__all__ = ["all_pages"]


def all_pages(device: DeviceMirror) -> tuple[Page, ...]:
    """Return all pages, in the order of the navigation."""
    return (LivePage(device),)
