"""`scrub`: takes secrets out of a text before it leaves the device. Pure function.

Nothing of ours writes a secret into a log or a state. This is the second lock: what a library, a
person's script or the kernel wrote is taken out by its form.
"""

import re

GONE = "[removed]"

_FORMS = (
    # hashes of passwords, in the form of crypt(5) and argon2
    re.compile(r"\$(?:argon2\w*|2[aby]|[156y]|scrypt)\$[^\s\"']+"),
    # tokens and sessions of ours
    re.compile(r"\bvizy_(?!session\b)[A-Za-z0-9_-]{16,}"),
    re.compile(r"(?i)\b(?<=vizy_session=)[^\s;,\"']+"),
    # what follows the name of a secret, up to the end of the word or the quotes
    re.compile(
        r"(?i)(?<=authorization: )[^\r\n\"']+"
        r"|(?<=bearer )[A-Za-z0-9._~+/=-]+|(?<=basic )[A-Za-z0-9+/=]{8,}"
    ),
    re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"),
    re.compile(
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.S
    ),
)
_NAMED = re.compile(
    r"""(?ix)
    ( [\w.-]* (?: passw(?:or)?d | passphrase | secret | token | api[_-]?key | psk | wep-key\d?
        | private[_-]?key | leap-password ) ["']? \s* [=:] \s* )
    ( "[^"]*" | '[^']*' | [^\s,;}]+ )
    """
)


def scrub(text: str) -> str:
    """Return a text without what has the form of a secret."""
    for form in _FORMS:
        text = form.sub(GONE, text)
    return _NAMED.sub(lambda found: found[1] + GONE, text)
