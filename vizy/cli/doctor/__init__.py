"""`vizy doctor`: finds the common faults of the Vizy of this machine, and says what to do."""

from vizy.cli.doctor.command import doctor

__all__ = ["doctor"]
