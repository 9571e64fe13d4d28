"""Jobs: work that takes a while, can be stopped, and says how far it is."""

from hardware.jobs.bracket import BracketJob
from hardware.jobs.burst import BurstJob
from hardware.jobs.clock import Clock
from hardware.jobs.job import Job, Progress
from hardware.jobs.jobs import Jobs, KeptJob, Makers
from hardware.jobs.timelapse import TimeLapseJob

__all__ = [
    "BracketJob",
    "BurstJob",
    "Clock",
    "Job",
    "Jobs",
    "KeptJob",
    "Makers",
    "Progress",
    "TimeLapseJob",
]
