"""Jobs: work that takes a while, can be stopped, and says how far it is."""

from hardware.jobs.job import Job, Progress

__all__ = ["Job", "Progress"]
