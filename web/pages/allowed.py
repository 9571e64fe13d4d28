"""`for_whom_it_is`: a page's layout for who may see it, and a sentence for everybody else."""

from collections.abc import Callable
from typing import Any

from dash import html

from web.auth.asking import asking
from web.pages.page import Page


def for_whom_it_is(page: Page) -> Callable[..., Any]:
    """Return the layout of a page as Dash asks for it; it tells nothing to who may not see it."""

    def layout(**query: str) -> Any:
        who = asking()
        return page.layout(**query) if who and who.role >= page.needs else _refusal(page)

    return layout


def _refusal(page: Page) -> Any:
    return html.Div(
        [
            html.H1(page.title),
            html.P(
                f"This page is for those with the role {page.needs.label}. An admin can give it to "
                "you on the page Users.",
                className="vz-empty",
            ),
        ],
        className="vz-page",
        role="main",
    )
