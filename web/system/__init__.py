"""The device itself: how it does, its log, and starting it again; behind API, page and metrics."""
