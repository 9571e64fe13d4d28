"""Faults on demand in a running daemon."""

from hardware.faults.disk import DiskFaults
from hardware.faults.encoder import EncoderFault
from hardware.faults.faults import Faults

__all__ = ["DiskFaults", "EncoderFault", "Faults"]
