"""picamera2's drivers of special sensors."""
