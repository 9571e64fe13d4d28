"""A bracket on the camera behind picamera2: exposures as asked for, controls as before."""

from pathlib import Path

import pytest

from hardware.device import CameraDevice
from hardware.jobs import BracketJob
from hardware.jobs.exposures import GAIN, TIME, exposure_of
from hardware.loans import LentControls
from hardware.remembered import RememberedControls
from hardware.store import StateStore
from tests.hardware.jobbing import Album, HandTime, Told
from tests.hil.test_device import running
from vizy.errors import InvalidValueError
from vizy.jobs import Bracket


def bracket(device: CameraDevice, store: StateStore, album: Album, folder: Path) -> BracketJob:
    return BracketJob(
        Bracket(ev=(-2, 0, 1)),
        device,
        lambda: store.state.controls,
        album,
        LentControls(),
        RememberedControls(folder / "c.json").hold,
    )


@pytest.mark.parametrize("is_automatic", [True, False])
async def test_the_stills_of_a_bracket_have_their_exposures(
    state_dir: Path, is_automatic: bool
) -> None:
    async with running(state_dir) as (device, store, _):
        if not {TIME, GAIN} & store.state.controls.keys():
            with pytest.raises(InvalidValueError, match="its exposure cannot be set"):
                bracket(device, store, Album(HandTime()), state_dir)
            return
        by_hand = {} if is_automatic else {"ExposureTime": 8000, "AnalogueGain": 2.0}
        await device.set_controls({"AeEnable": is_automatic, **by_hand})
        album, told = Album(HandTime()), Told()
        await bracket(device, store, album, state_dir).run(told.progress)
        darkest, middle, brightest = (exposure_of(frame.metadata) for frame in album.frames)
        assert darkest
        assert middle
        assert brightest
        assert middle / darkest == pytest.approx(4, rel=0.1)
        assert brightest / middle == pytest.approx(2, rel=0.1)
        controls = store.state.controls
        assert controls["AeEnable"] is is_automatic
        assert {name: controls[name] for name in by_hand} == by_hand
