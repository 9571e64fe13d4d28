"""What builds the SD-card image and the Debian package; called by ``build.py``."""
