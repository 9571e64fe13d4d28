"""`overview`: all operations of the API on one page, with lines for curl, as HTML text. No I/O."""

import re
from collections.abc import Iterable, Iterator
from html import escape
from itertools import groupby

from web.api.endpoint import Endpoint
from web.api.mount import BASE

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>API · Vizy</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="/_favicon.ico">
<style>
body {{ margin: 0 auto; padding: 1rem; max-width: 56rem; line-height: 1.5;
  font-family: system-ui, sans-serif; }}
h2 {{ margin: 2rem 0 .5rem; font-size: 1.1rem; text-transform: capitalize; }}
section > div {{ padding: .75rem 0 .25rem; border-top: 1px solid #8884; }}
p {{ margin: 0 0 .25rem; }}
code, pre {{ font-family: ui-monospace, monospace; font-size: .9rem; overflow-wrap: anywhere; }}
pre {{ margin: .25rem 0 .5rem; padding: .5rem .75rem; border-radius: .5rem; white-space: pre-wrap;
  background: #8882; }}
h3 {{ margin: 0; font-size: 1rem; font-weight: 600; }}
h3 small {{ font-weight: 400; opacity: .8; white-space: nowrap; }}
</style>
</head>
<body>
<main>
<h1>API</h1>
<p>Every operation of this Vizy. Make a token on the page <a href="/account">Account</a>, and put it
and the address into your shell:</p>
<pre>export VIZY=http://vizy.local TOKEN=vizy_...</pre>
<p>For programs the same is described by <a href="{base}/openapi.json">openapi.json</a>
(OpenAPI 3.1).</p>
{things}
</main>
</body>
</html>
"""


_PLACE = re.compile(r"<(?:\w+:)?(\w+)>")


def overview(endpoints: Iterable[Endpoint]) -> str:
    """Return the page.

    Args:
        endpoints: What it lists; those of one thing stand together.
    """
    things = groupby(endpoints, key=lambda endpoint: endpoint.tag)
    return _PAGE.format(base=BASE, things="\n".join(_thing(tag, group) for tag, group in things))


def _thing(tag: str, endpoints: Iterable[Endpoint]) -> str:
    operations = "\n".join(map(_operation, endpoints))
    return f"<section>\n<h2>{escape(tag)}</h2>\n{operations}\n</section>"


def _operation(endpoint: Endpoint) -> str:
    return (
        f"<div><h3><code>{endpoint.method} {escape(BASE + endpoint.path)}</code> "
        f"<small>{endpoint.role.label}</small></h3>"
        f"<p>{escape(endpoint.summary)}</p>{_query(endpoint)}"
        f"<pre>{escape(' '.join(_curl(endpoint)))}</pre></div>"
    )


def _query(endpoint: Endpoint) -> str:
    if endpoint.query is None:
        return ""
    names = ", ".join(f"<code>{name}</code>" for name in endpoint.query.__struct_fields__)
    return f"<p>Parameters: {names}</p>"


def _curl(endpoint: Endpoint) -> Iterator[str]:
    yield "curl"
    if endpoint.media_type == "text/event-stream":
        yield "--no-buffer"
    if endpoint.method not in ("GET", "POST") or (endpoint.method == "POST" and not endpoint.body):
        yield f"--request {endpoint.method}"
    if endpoint.role:
        yield '--header "Authorization: Bearer $TOKEN"'
    if endpoint.returns is bytes:
        yield "--remote-name --remote-header-name"
    if endpoint.body is not None:
        yield f"--json '{endpoint.example}'"
    yield f'"$VIZY{BASE}{_PLACE.sub(lambda match: match[1].upper(), endpoint.path)}"'
