"""The pages of the access point, as HTML text: one file each, that works without a script. No I/O.

Style and script stand in the page: a phone's sign-in sheet fetches it alone, and what is beside it
may be at https.
"""

from html import escape
from pathlib import Path

from web.host.devices import Wifi

_HERE = Path(__file__).parent
_AUTH = _HERE.parent / "auth/static"
_STYLE = (_AUTH / "auth.css").read_text() + (_HERE / "static/setup.css").read_text()
_SCRIPT = (_AUTH / "auth.js").read_text()

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title} · Vizy</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
<main>
<p class="name">Vizy</p>
<h1>{title}</h1>
{body}
</main>
<script>{script}</script>
</body>
</html>
"""
_CHOOSE = """{problem}<form method="post" action="/setup">
<input type="hidden" name="token" value="{token}">
<fieldset>
<legend>Networks that Vizy sees</legend>
{networks}
</fieldset>
<div class="field other"><label for="name">Name of the other network</label>
<div class="box"><input id="name" name="name" maxlength="32" value="{name}" autocomplete="off"
 autocapitalize="none" spellcheck="false"></div></div>
<div class="field"><label for="password">Password of the network</label>
<div class="box"><input id="password" name="password" type="password" maxlength="63"
 autocomplete="off" aria-describedby="password-hint"></div>
<p class="hint" id="password-hint">Leave it empty for a network without a lock.</p></div>
<button type="submit">Join</button>
</form>
<form method="post" action="/setup/look">
<input type="hidden" name="token" value="{token}">
<button type="submit" class="quiet">Look for networks again</button>
</form>
<form method="post" action="/setup/later" class="rest">
<button type="submit" class="quiet">Use Vizy without a network</button>
</form>
<p class="foot">You are connected with {point}. Once Vizy is in your network it is at
http://{hostname}.local</p>"""
_JOINING = """<p class="lead" role="status">Vizy now joins {name}, and {point} goes away.</p>
<p>Connect your phone to <strong>{name}</strong> and open
<a href="http://{hostname}.local/">http://{hostname}.local</a>.</p>
<p>If it does not work, {point} comes back within a minute or two: connect with it again, and this
page says what was wrong.</p>
<p><a href="/setup">Look whether it worked</a></p>"""
_BARS = ((75, "very good"), (50, "good"), (25, "weak"), (0, "very weak"))


def choose(
    *,
    networks: tuple[Wifi, ...],
    point: str,
    hostname: str,
    token: str,
    chosen: str = "",
    other: str = "",
    problem: str = "",
) -> str:
    """Return the page that chooses a network.

    Args:
        networks: The strongest first.
        point: The name of the access point.
        hostname: The machine's.
        token: Of the form.
        chosen: The network that is marked; empty: the first, or the other one that is named.
        other: The name of another one.
        problem: What was wrong with the last choice.
    """
    names = [each.name for each in networks]
    if chosen and chosen not in names:
        chosen, other = "", chosen
    is_other = bool(other) or not networks
    marked = "" if is_other else chosen or names[0]
    rows = [_network(each, is_marked=each.name == marked) for each in networks]
    rows.append(_another(is_marked=is_other))
    return _page(
        title="Choose a Wi-Fi network",
        hostname=hostname,
        body=_CHOOSE.format(
            problem=f'<p class="problem" role="alert">{escape(problem)}</p>\n' if problem else "",
            token=escape(token),
            networks="\n".join(rows),
            name=escape(other),
            point=escape(point),
            hostname=escape(hostname),
        ),
    )


def joining(*, name: str, point: str, hostname: str) -> str:
    """Return the page that says what happens now."""
    return _page(
        title="Joining",
        hostname=hostname,
        body=_JOINING.format(name=escape(name), point=escape(point), hostname=escape(hostname)),
    )


def _page(*, title: str, hostname: str, body: str) -> str:
    return _PAGE.format(
        title=title,
        style=_STYLE,
        script=_SCRIPT,
        hostname=escape(hostname),
        body=body,
    )


def _network(wifi: Wifi, *, is_marked: bool) -> str:
    bars, word = next(
        (4 - index, word) for index, (least, word) in enumerate(_BARS) if wifi.signal >= least
    )
    drawn = "".join('<i class="on"></i>' if each < bars else "<i></i>" for each in range(4))
    lock = "locked" if wifi.secured else "open"
    return (
        f'<label class="network"><input type="radio" name="network" '
        f'value="{escape(wifi.name)}"{" checked" if is_marked else ""}>'
        f'<span class="called">{escape(wifi.name)}</span>'
        f'<span class="like"><span class="unseen">signal {word},</span> {lock}'
        f'<span class="bars" aria-hidden="true">{drawn}</span></span></label>'
    )


def _another(*, is_marked: bool) -> str:
    return (
        '<label class="network"><input type="radio" name="network" id="another" value=""'
        f"{' checked' if is_marked else ''}>"
        '<span class="called">Another network</span></label>'
    )
