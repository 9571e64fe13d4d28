"""What stands where on the Settings page, and what it is called there. No logic.

A test checks that every setting has its place.
"""

from typing import NamedTuple


class Entry(NamedTuple):
    """One setting: its key, its name, and what it says below in place of the schema's words."""

    key: str
    label: str
    about: str = ""


class Section(NamedTuple):
    """A card of the page; ``more`` is folded away until somebody wants it."""

    id: str
    title: str
    entries: tuple[Entry, ...]
    more: tuple[Entry, ...] = ()


_SCENE = "For a clip as the scene."
_PI = "Of a Raspberry Pi camera."
_BCM = "GPIO number, 0 to 27, as in GPIO18; empty: not used."

SECTIONS = (
    Section(
        "camera",
        "Camera",
        (
            Entry("camera.backend", "Kind of camera", "What this device looks through."),
            Entry("camera.hflip", "Mirror left to right", _PI),
            Entry("camera.vflip", "Turn upside down", _PI),
            Entry("camera.sensor_hdr", "High dynamic range", "Of a Camera Module 3's sensor."),
        ),
        (
            Entry("camera.number", "Number", "Which of several Raspberry Pi cameras."),
            Entry("camera.device", "USB device", "As /dev/video0; empty takes the first one."),
            Entry("camera.file", "Clip", _SCENE),
            Entry("camera.sensor_mode", "Sensor mode", "As 1640x1232; empty chooses the best fit."),
            Entry("camera.still_from_stream", "Stills without a gap", "Needs memory and speed."),
            Entry("camera.buffers", "Frame buffers", "Of each live stream; fewer save memory."),
            Entry("camera.seed", "Seed", "Of the simulated scene."),
            Entry("camera.set_delay_ms", "Slowness", "Of the simulated camera, as 5-30 ms."),
            Entry("camera.faults", "Faults on demand", "Empty: for the simulated camera alone."),
        ),
    ),
    Section(
        "live",
        "Live picture",
        (
            Entry("camera.width", "Width"),
            Entry("camera.height", "Height"),
            Entry("camera.fps", "Frame rate"),
            Entry("stream.quality", "Quality", "Of JPEG, 1 to 100; more needs more bandwidth."),
        ),
    ),
    Section(
        "recording",
        "Recording",
        (
            Entry("video.encoder", "Encoder", "auto takes the Pi's hardware where there is one."),
            Entry("video.bitrate", "Bit rate", "0 chooses by size and frame rate."),
            Entry("video.keyframe_s", "Keyframe every", "What a power cut may cost at most."),
        ),
    ),
    Section(
        "storage",
        "Storage",
        (
            Entry("storage.floor_bytes", "Keep free", "So much of the disk stays free."),
            Entry("storage.when_full", "When it is full", "Protected captures always stay."),
            Entry("storage.keep_days", "Keep captures for", "Empty: for as long as there is room."),
            Entry("storage.keep_bytes", "Captures take at most", "Empty: all but what stays free."),
            Entry("storage.undo_s", "Undo a deletion for"),
        ),
    ),
    Section(
        "sensors",
        "Sensors and pins",
        (
            Entry("sensors.interval_s", "Read sensors every"),
            Entry("sensors.cpu_temp_c", "Warn of a processor at"),
            Entry("sensors.disk_used_percent", "Warn of a disk at"),
            Entry("sensors.memory_used_percent", "Warn of memory at"),
            Entry("sensors.power_warnings", "Warn of weak power", "Under-voltage and throttling."),
            Entry("pins.illuminator_pin", "Lamp", _BCM),
            Entry("pins.button_pin", "Shutter button", _BCM),
            Entry("pins.led_pin", "Status LED", _BCM),
            Entry("pins.fan_pin", "Fan", _BCM),
        ),
        (
            Entry("sensors.cpu_temp_clear_c", "Processor is fine again at"),
            Entry("sensors.disk_used_clear_percent", "Disk is fine again at"),
            Entry("sensors.memory_used_clear_percent", "Memory is fine again at"),
            Entry("sensors.clock_wait_s", "Clock may be unset for", "0 turns this warning off."),
            Entry("pins.illuminator_hz", "Lamp's frequency"),
            Entry("pins.illuminator_active_low", "Lamp lights when low", ""),
            Entry("pins.led_red_pin", "LED, red", "With green and blue in place of one LED."),
            Entry("pins.led_green_pin", "LED, green", _BCM),
            Entry("pins.led_blue_pin", "LED, blue", _BCM),
            Entry("pins.led_active_low", "LED lights when low", ""),
            Entry("pins.button_debounce_s", "Button counts after"),
            Entry("pins.button_hold_s", "Button is held after"),
            Entry("pins.fan_hz", "Fan's frequency"),
            Entry("pins.fan_on_c", "Fan starts at"),
            Entry("pins.fan_off_c", "Fan stops at"),
            Entry("pins.fan_full_c", "Fan runs fully at"),
            Entry("pins.fan_least", "Fan's least duty", "0 to 1: the lowest that starts it."),
        ),
    ),
    Section(
        "startup",
        "At power on",
        (
            Entry("startup.preset", "Recall a preset", "Empty: the controls stay as they were."),
            Entry("startup.motion", "Record movement", "From the start, until it is stopped."),
            Entry("startup.lamp", "Lamp", "0 to 1; 0 leaves it off."),
        ),
    ),
    Section(
        "web",
        "Web",
        (
            Entry("web.host", "Address", "127.0.0.1: this machine alone; 0.0.0.0: the network."),
            Entry("web.port", "Port", "After a restart the page is there; 0: any free one."),
            Entry("web.hosts", "Names", "Besides this machine's own; with spaces between."),
            Entry("web.tls", "Encryption", "After a restart the page is at https, or at http."),
        ),
        (
            Entry("web.certificate", "Certificate", "Its PEM file on this device."),
            Entry("web.key", "Private key", "Its PEM file on this device, without a password."),
        ),
    ),
)

CHOICES = {
    "simulated": "Simulated",
    "video": "A clip",
    "picamera2": "Raspberry Pi camera",
    "v4l2": "USB camera",
    "refuse": "Take no more captures",
    "delete-oldest": "Delete the oldest captures",
    "auto": "Choose by itself",
    "off": "Off: http",
    "self-signed": "Self-signed certificate",
    "own": "Own certificate",
}
