"""The web process: page, API and live picture; it has no device, no /dev and no root."""
