"""Movement: people who walk are seen, and noise, light and exposure are not."""

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from hardware.camera.base import Pixels
from hardware.camera.scene import Scene
from hardware.camera.sensor import Exposure, Sensor
from hardware.camera.simulated import SimulatedCamera
from hardware.camera.tone import Look
from hardware.video.movement import MovementDetector
from tests.hardware.cameras import CLIP
from vizy.jobs import Area
from vizy.state import Size

TENTH_NS = 100_000_000


@pytest.fixture(scope="module")
def people() -> list[Pixels]:
    """Two seconds of people who walk."""
    clip = cv2.VideoCapture(str(CLIP), cv2.CAP_FFMPEG)
    found: list[Pixels] = []
    while True:
        is_read, picture = clip.read()
        if not is_read:
            break
        found.append(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))
    clip.release()
    assert len(found) == 20
    return found


class Still:
    """The simulated camera's scene, at one moment for ever, with the noise of its sensor."""

    def __init__(self) -> None:
        camera = SimulatedCamera(seed=1)
        camera.open()
        values = camera.controls()
        self.look = Look.of(values)
        self.exposure_us = int(values["ExposureTime"])
        self.codes = Scene(Size(640, 360), 1).render(5.0, 1)
        self.sensor = Sensor(np.random.default_rng(1))
        camera.close()

    def at(self, times: float = 1.0, gain: float = 1.0) -> Pixels:
        exposure = Exposure(round(self.exposure_us * times / gain), gain, 5600)
        return self.sensor.develop(self.codes, exposure, self.look)


@pytest.fixture(scope="module")
def still() -> Still:
    return Still()


def movements(
    pictures: Sequence[Pixels], sensitivity: float = 0.5, ignore: tuple[Area, ...] = ()
) -> list[bool]:
    detector = MovementDetector(sensitivity, ignore)
    return [detector.look(each, number * TENTH_NS) for number, each in enumerate(pictures)]


def test_people_who_walk_are_seen_all_the_time(people: list[Pixels]) -> None:
    seen = movements(people)
    assert not any(seen[:3])  # it has just begun to look
    assert all(seen[5:])


def test_the_sensitivity_says_how_much_has_to_move(people: list[Pixels]) -> None:
    counts = [sum(movements(people, sensitivity)) for sensitivity in (0.0, 0.25, 0.5, 1.0)]
    assert counts == sorted(counts)
    assert counts[0] == 0
    assert counts[-1] > counts[1] > 0


def test_movement_in_an_ignored_area_is_none(people: list[Pixels]) -> None:
    assert not any(movements(people, 1.0, (Area(0, 0, 1, 1),)))
    assert not any(movements(people, 1.0, (Area(0, 0, 0.5, 1), Area(0.5, 0, 0.5, 1))))
    assert any(movements(people, 0.5, (Area(0, 0, 0.05, 0.05),)))


@pytest.mark.parametrize("sensitivity", [0.5, 1.0])
@pytest.mark.parametrize("gain", [1.0, 8.0], ids=["day", "night"])
def test_noise_is_no_movement(still: Still, sensitivity: float, gain: float) -> None:
    assert not any(movements([still.at(gain=gain) for _ in range(15)], sensitivity))


@pytest.mark.parametrize("sensitivity", [0.5, 1.0])
def test_exposure_in_steps_is_no_movement(still: Still, sensitivity: float) -> None:
    steps = [1.0] * 5 + [2.0] * 5 + [0.25] * 5 + [0.5, 0.7, 0.9, 1.1, 1.4]
    assert not any(movements([still.at(each) for each in steps], sensitivity))


@pytest.mark.parametrize("sensitivity", [0.5, 1.0])
def test_a_gain_that_rises_with_its_noise_is_no_movement(still: Still, sensitivity: float) -> None:
    pictures = [still.at() for _ in range(5)] + [still.at(4.0, gain=8.0) for _ in range(8)]
    assert not any(movements(pictures, sensitivity))


def test_light_that_drifts_is_no_movement(still: Still) -> None:
    drift = [2 ** (2 * np.sin(number / 5)) for number in range(30)]
    assert not any(movements([still.at(each) for each in drift], 1.0))


def test_somebody_is_seen_while_the_exposure_changes(people: list[Pixels]) -> None:
    lit = [
        np.clip(each * (1 + 0.03 * number), 0, 255).astype(np.uint8)
        for number, each in enumerate(people)
    ]
    assert sum(movements(lit)) > 10


def test_another_size_begins_anew(people: list[Pixels]) -> None:
    detector = MovementDetector(1.0)
    for number, each in enumerate(people[:6]):
        detector.look(each, number * TENTH_NS)
    small = [cv2.resize(each, (200, 150), interpolation=cv2.INTER_AREA) for each in people[6:9]]
    assert not any(detector.look(each, (6 + n) * TENTH_NS) for n, each in enumerate(small))


def test_what_was_seen_long_ago_is_no_measure(people: list[Pixels]) -> None:
    detector = MovementDetector(1.0)
    for number, each in enumerate(people):
        detector.look(each, number * TENTH_NS)
    assert not any(detector.look(people[0], (100 + n) * TENTH_NS) for n in range(10))
