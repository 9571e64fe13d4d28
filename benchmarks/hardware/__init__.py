"""The daemon beside plain programs with the same frames: ``make bench-hardware``."""
