"""Sensors: finding them, reading them, warning of them, remembering what they said."""

from hardware.sensors.finder import find_sources
from hardware.sensors.history import History
from hardware.sensors.poller import Measured
from hardware.sensors.processor import processor_temperature
from hardware.sensors.rules import rules
from hardware.sensors.sensors import Sensors
from vizy.sensors import DeviceWarning, HistorySeries, SensorHistory, SensorReading
from vizy.settings.sensors import SensorSettings

__all__ = [
    "DeviceWarning",
    "History",
    "HistorySeries",
    "Measured",
    "SensorHistory",
    "SensorReading",
    "SensorSettings",
    "Sensors",
    "find_sources",
    "processor_temperature",
    "rules",
]
