"""The pages of the application: a package or a file for each, and the shell around them."""

from web.pages.account import AccountPage
from web.pages.gallery import GalleryPage
from web.pages.live import LivePage
from web.pages.page import Page
from web.pages.sensors import SensorsPage
from web.pages.settings import SettingsPage
from web.pages.system import SystemPage
from web.pages.users import UsersPage
from web.parts import Parts

__all__ = ["all_pages"]

_PAGES = (LivePage, GalleryPage, SensorsPage, SettingsPage, UsersPage, SystemPage, AccountPage)


def all_pages(parts: Parts) -> tuple[Page, ...]:
    """Return all pages, in the order of the navigation."""
    return tuple(page(parts) for page in _PAGES)
