# Made of vizy/sdk/aio/camera.py by tools/unasync.py: change that.
"""The camera: everything that can be done with it."""

from collections.abc import Generator
from contextlib import contextmanager

from vizy.frames import Frame
from vizy.jobs import Bracket, Burst, JobSpec, JobState, Motion, Movie, Recording, TimeLapse
from vizy.messages import SetIlluminator, StartJob
from vizy.sdk import looking
from vizy.sdk.link import Link, OnAway
from vizy.sdk.picture import Picture
from vizy.sdk.sync.base import Runner
from vizy.sdk.sync.captures import Capture, Captures
from vizy.sdk.sync.controls import Controls
from vizy.sdk.sync.jobs import Job
from vizy.sdk.sync.presets import Presets
from vizy.sdk.sync.sensors import Sensors
from vizy.state import DeviceState


class Camera:
    """The camera of one Vizy; `Vizy.camera`.

    Whatever asks the device raises a `DeviceError` when it is away or does not answer in time.

    Attributes:
        controls: What can be set.
        captures: What was taken.
        presets: Control values under a name.
        sensors: What the board measures.
    """

    def __init__(self, link: Link, runner: Runner) -> None:
        self._link = link
        self._runner = runner
        self.controls = Controls(link, runner)
        self.captures = Captures(link, runner)
        self.presets = Presets(link, runner)
        self.sensors = Sensors(link, runner)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._link.place}>"

    @property
    def state(self) -> DeviceState:
        """Everything the device knows, now."""
        return self._runner.wait(looking.state_of(self._link))

    @property
    def jobs(self) -> tuple[JobState, ...]:
        """The jobs that run, then the last that ended."""
        return self._runner.wait(looking.jobs_of(self._link))

    def watch(self, on_away: OnAway | None = None) -> Generator[DeviceState, None, None]:
        """Follow the state: now, and whenever it has changed; the newest wins, none waits.

        It connects again by itself.

        Args:
            on_away: Called with the reason when the connection is lost, on a thread of the SDK;
                None logs a warning.
        """
        return self._runner.each(looking.follow(self._link, on_away))

    def capture(self, *, raw: bool = False) -> Capture:
        """Take a still; return once it is safe on disk.

        Args:
            raw: With the sensor's raw data, as a DNG beside it.

        Raises:
            InvalidValueError: Raw data are wished and the camera gives none.
            BusyError: Too many captures wait; none was taken.
            DiskFullError: There is less space than the floor; none was taken.
            DeviceError: The device is away, or the camera failed or did not answer in time.
        """
        info = self._runner.wait(looking.capture(self._link, raw))
        return Capture(self._link, self._runner, info)

    def focus(self) -> bool:
        """Let the camera focus once; tell whether it found a focus.

        Raises:
            UnknownControlError: The camera has no autofocus.
            DeviceError: The device is away, or the camera failed or did not answer in time.
        """
        return self._runner.wait(looking.focus(self._link))

    def snapshot(self, *, width: int | None = None, quality: int | None = None) -> Picture:
        """Return the live picture, taken after this was called. It is not kept on the device.

        Args:
            width: In pixels; None and anything wider: as the camera gives it.
            quality: JPEG's, 1 to 100; None: as the live picture's.

        Raises:
            BusyError: As many sizes and qualities are read as there may be.
            DeviceError: The camera is away or gave no frame in time.
        """
        return self._runner.wait(self._link.snapshot(width=width, quality=quality))

    def frames(
        self, *, width: int | None = None, quality: int | None = None
    ) -> Generator[Picture, None, None]:
        """Go through the live pictures: each is the newest, those between are left out.

        Args:
            width: As `snapshot`'s.
            quality: As `snapshot`'s.

        Raises:
            BusyError: As many sizes and qualities are read as there may be.
            DeviceError: The camera is away.
        """
        return self._runner.each(self._link.frames(width=width, quality=quality))

    def raw_frames(self) -> Generator[Frame, None, None]:
        """Go through the live frames as pixels, on the device: ``frame.array()``.

        Raises:
            InvalidValueError: The device is another machine.
            DeviceError: The camera is away.
        """
        return self._runner.each(self._link.raw_frames())

    def light(self, level: float) -> None:
        """Light the lamp, 0 to 1 in steps that look even.

        Raises:
            InvalidValueError: The level is outside.
            DeviceError: There is no lamp, or the device is away or did not answer in time.
        """
        self._runner.wait(self._link.do(SetIlluminator(level)))

    def start(self, spec: JobSpec) -> Job:
        """Start a job of `vizy.jobs`; return once it runs or waits for its time.

        Raises:
            InvalidValueError: The device cannot do it, or the spec makes no sense.
            BusyError: Another job is in the way; the text names it.
            StorageError: It would survive restarts and cannot be kept.
            DeviceError: The device is away or did not answer in time.
        """
        state = self._runner.wait(self._link.call(StartJob(spec)))
        return Job(self._link, self._runner, state)

    def burst(self, count: int = 10, *, fps: float = 10.0, still: bool = False) -> Job:
        """Start a burst: several pictures, one soon after the other.

        Args:
            count: How many, 2 to 500.
            fps: How many a second; the camera may be slower.
            still: In full size, as fast as the camera can; otherwise frames of the live picture.
        """
        source = "still" if still else "live"
        return self.start(Burst(count=count, fps=fps, source=source))

    def bracket(self, *ev: float) -> Job:
        """Start a bracket: a still for each exposure, in stops from the one in force.

        Args:
            ev: 2 to 9 of them, from -6 to 6; without any, -2, 0 and 2.
        """
        return self.start(Bracket(ev=ev) if ev else Bracket())

    def timelapse(
        self,
        interval_s: float = 10.0,
        *,
        count: int | None = None,
        duration_s: float | None = None,
        movie_fps: float | None = None,
    ) -> Job:
        """Start a time-lapse: stills at an interval. It goes on after a restart of the device.

        `start` takes a `vizy.jobs.TimeLapse`, which can do more: begin later, rest at night.

        Args:
            interval_s: From one to the next, 0.5 to 86,400.
            count: Ends after so many; None: no such end.
            duration_s: Ends so long after its start; None: no such end.
            movie_fps: Makes an MP4 of so many pictures a second at the end; None: makes none.
        """
        spec = TimeLapse(
            interval_s=interval_s, count=count, duration_s=duration_s, movie_fps=movie_fps
        )
        return self.start(spec)

    def record(self, seconds: float | None = None, *, bitrate: int | None = None) -> Job:
        """Start a video of the live picture; `recording` does it while a block runs.

        Args:
            seconds: Ends after so long; None: when it is stopped.
            bitrate: In bits a second; None: chosen by size and rate.
        """
        return self.start(Recording(duration_s=seconds, bitrate=bitrate))

    def motion(self, sensitivity: float = 0.5) -> Job:
        """Start to make a video of each movement, until it is stopped.

        Args:
            sensitivity: From 0, only what fills the picture, to 1, every leaf.
        """
        return self.start(Motion(sensitivity=sensitivity))

    def movie(self, group: str, *, fps: float = 25.0) -> Job:
        """Start to make an MP4 of the pictures that a job took.

        Args:
            group: That job's id.
            fps: Pictures a second.
        """
        return self.start(Movie(group=group, fps=fps))

    def job(self, job_id: str) -> Job:
        """Return the job of an id.

        Raises:
            NotFoundError: There is none.
            DeviceError: The device is away or did not answer in time.
        """
        state = self._runner.wait(looking.job_of(self._link, job_id))
        return Job(self._link, self._runner, state)

    def stop(self, job_id: str) -> JobState:
        """Stop the job of an id; return once what it captured is whole.

        Raises:
            NotFoundError: There is none.
            DeviceError: The device is away or did not answer in time.
        """
        return self._runner.wait(looking.stop(self._link, job_id))

    @contextmanager
    def recording(self) -> Generator[Job, None, None]:
        """Record while a block runs: ``with camera.recording() as job: ...``."""
        with self.record() as job:
            yield job
