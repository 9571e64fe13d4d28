"""The pages before the login, as HTML text: plain forms that work without a script. No I/O."""

from html import escape
from typing import NamedTuple

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title} · Vizy</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<link rel="icon" href="/_favicon.ico">
<link rel="stylesheet" href="/login/static/auth.css">
<script src="/login/static/auth.js" defer></script>
</head>
<body>
<main>
<p class="name">Vizy</p>
<h1>{title}</h1>
{lead}<form method="post" action="{action}">
{problem}{fields}
<button type="submit">{button}</button>
</form>
</main>
</body>
</html>
"""


class Field(NamedTuple):
    """One field of a form.

    Attributes:
        name: Of the field, and its id.
        label: Beside it.
        autocomplete: What a password manager fills in.
        hint: What it takes.
        is_password: Whether it is hidden while it is typed.
        least, most: How long.
    """

    name: str
    label: str
    autocomplete: str
    hint: str = ""
    is_password: bool = False
    least: int = 1
    most: int = 128


def form(
    *,
    title: str,
    lead: str,
    action: str,
    fields: tuple[Field, ...],
    button: str,
    problem: str = "",
    wrong: str = "",
    values: dict[str, str] | None = None,
) -> str:
    """Return a page with one form.

    Args:
        title: Of the page.
        lead: A sentence under it; may be empty.
        action: Where the form goes, in own paths.
        fields: From top to bottom; the first, or the wrong one, has the focus.
        button: Its text.
        problem: What was refused; empty: nothing yet.
        wrong: The field beside which that is said; empty: above all.
        values: What the fields hold; never a password.
    """
    held = values or {}
    focus = wrong or next((f.name for f in fields if not held.get(f.name)), fields[-1].name)
    return _PAGE.format(
        title=escape(title),
        lead=f'<p class="lead">{escape(lead)}</p>\n' if lead else "",
        action=escape(action),
        problem="" if wrong else _problem(problem, "problem"),
        fields="\n".join(
            _field(
                field,
                held.get(field.name, ""),
                problem if field.name == wrong else "",
                has_focus=field.name == focus,
            )
            for field in fields
        ),
        button=escape(button),
    )


def _field(field: Field, value: str, problem: str, *, has_focus: bool) -> str:
    name = field.name
    attributes = [
        f'id="{name}" name="{name}" type="{"password" if field.is_password else "text"}"',
        f'autocomplete="{field.autocomplete}" required',
        f'minlength="{field.least}" maxlength="{field.most}"',
    ]
    if not field.is_password:
        attributes.append(f'value="{escape(value)}" autocapitalize="none" spellcheck="false"')
    told = [f"{name}-hint"] if field.hint else []
    if problem:
        attributes.append('aria-invalid="true"')
        told.append(f"{name}-problem")
    if told:
        attributes.append(f'aria-describedby="{" ".join(told)}"')
    if has_focus:
        attributes.append("autofocus")
    hint = f'<p class="hint" id="{name}-hint">{escape(field.hint)}</p>' if field.hint else ""
    return (
        f'<div class="field"><label for="{name}">{escape(field.label)}</label>'
        f'<div class="box"><input {" ".join(attributes)}></div>'
        f"{_problem(problem, f'{name}-problem')}{hint}</div>"
    )


def _problem(text: str, of: str) -> str:
    return f'<p class="problem" id="{of}" role="alert">{escape(text)}</p>' if text else ""
