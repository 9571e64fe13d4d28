"""The page by ``https``: its certificate, self-signed or the owner's."""
