"""What phones and computers ask to find out whether a network leads anywhere, and like to hear.

Any other answer, such as a redirect, makes them show the page that it leads to. No I/O.

Source: the answers of captive.apple.com, connectivitycheck.gstatic.com, www.msftconnecttest.com,
www.msftncsi.com, detectportal.firefox.com and nmcheck.gnome.org.
"""

from typing import NamedTuple


class Answer(NamedTuple):
    """What is liked to be heard; ``location`` is where a redirect leads."""

    status: int
    kind: bytes = b"text/plain"
    body: bytes = b""
    location: bytes = b""


_APPLE = Answer(
    200,
    b"text/html",
    b"<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>",
)
_ANDROID = Answer(204)

PROBES = {
    "/hotspot-detect.html": _APPLE,
    "/library/test/success.html": _APPLE,
    "/generate_204": _ANDROID,
    "/gen_204": _ANDROID,
    "/connecttest.txt": Answer(200, body=b"Microsoft Connect Test"),
    "/ncsi.txt": Answer(200, body=b"Microsoft NCSI"),
    "/success.txt": Answer(200, body=b"success\n"),
    "/canonical.html": Answer(
        200,
        b"text/html",
        b'<meta http-equiv="refresh" content="0;'
        b'url=https://support.mozilla.org/kb/captive-portal"/>',
    ),
    "/check_network_status.txt": Answer(200, body=b"NetworkManager is online\n"),
}
