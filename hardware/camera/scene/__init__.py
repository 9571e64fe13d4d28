"""The world that the simulated camera looks at."""

from hardware.camera.scene.scene import Scene

__all__ = ["Scene"]
