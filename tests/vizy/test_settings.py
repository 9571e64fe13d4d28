"""Settings: precedence, every refusal's text, the way to the children, and saving."""

import errno
from pathlib import Path

import pytest

from vizy import toml
from vizy.errors import SettingsError
from vizy.settings import KEYS, check_change, load_settings, resolve, settings_environ
from vizy.settings.schema import APPLIED_AT_ONCE, schema


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment with nothing in it but a home, whose path is short."""
    return {"HOME": str(tmp_path_factory.mktemp("h"))}


def written(folder: Path, text: str) -> Path:
    path = folder / "vizy.toml"
    path.write_text(text)
    return path


def refusal(options: dict[str, object], environ: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(options, environ)
    return caught.value.detail


def test_without_anything_the_defaults_hold(home: dict[str, str]) -> None:
    settings = load_settings({}, home)
    assert settings.state_dir == f"{home['HOME']}/.local/state/vizy"
    assert settings.runtime_dir == f"{settings.state_dir}/run"
    assert settings.hardware_socket == Path(settings.runtime_dir, "hardware.sock")
    assert settings.frames_socket == Path(settings.runtime_dir, "frames.sock")
    assert settings.captures_dir == Path(settings.state_dir, "captures")
    assert settings.settings_file == Path(settings.state_dir, "vizy.toml")
    assert (settings.web.host, settings.web.port) == ("127.0.0.1", 8080)
    assert settings.camera.backend == "simulated"


def test_xdg_state_home_is_taken_when_it_is_absolute(home: dict[str, str]) -> None:
    assert load_settings({}, home | {"XDG_STATE_HOME": "/s"}).state_dir == "/s/vizy"
    assert load_settings({}, home | {"XDG_STATE_HOME": "s"}).state_dir.startswith(home["HOME"])


def test_an_option_beats_the_environment_beats_the_file_beats_the_default(tmp_path: Path) -> None:
    written(tmp_path, "[web]\nport = 1\nhost = 'f'\n[stream]\nquality = 11\n")
    environ = {"VIZY_STATE_DIR": str(tmp_path), "VIZY_PORT": "2", "VIZY_HOST": "e"}
    settings = load_settings({"port": "3", "host": None}, environ)
    assert (settings.web.port, settings.web.host, settings.stream.quality) == (3, "e", 11)
    assert settings.camera.fps == 30


def test_an_empty_variable_counts_as_not_given(home: dict[str, str]) -> None:
    assert load_settings({}, home | {"VIZY_PORT": "", "VIZY_CAMERA": ""}).web.port == 8080


def test_a_usb_camera_is_chosen_with_or_without_its_device(home: dict[str, str]) -> None:
    any_usb = load_settings({"camera": "v4l2"}, home).camera
    assert (any_usb.backend, any_usb.device) == ("v4l2", None)
    settings = load_settings({"camera": "v4l2:/dev/video2"}, home)
    assert (settings.camera.backend, settings.camera.device) == ("v4l2", "/dev/video2")
    given = settings_environ({"camera": "v4l2:/dev/video2"})
    assert load_settings({}, given).camera == settings.camera


def test_faults_are_for_the_simulated_camera_unless_the_settings_say_otherwise(
    home: dict[str, str],
) -> None:
    assert load_settings({}, home).camera.has_faults
    assert not load_settings({"camera": "v4l2"}, home).camera.has_faults
    assert load_settings(
        {"camera": "v4l2"}, home | {"VIZY_CAMERA_FAULTS": "true"}
    ).camera.has_faults
    assert not load_settings({}, home | {"VIZY_CAMERA_FAULTS": "false"}).camera.has_faults


def test_the_file_of_the_chosen_state_folder_is_read(tmp_path: Path) -> None:
    written(tmp_path, "[web]\nport = 5\n")
    assert load_settings({"state_dir": str(tmp_path)}, {}).web.port == 5


def test_paths_in_a_file_are_relative_to_it(tmp_path: Path) -> None:
    path = written(tmp_path, 'state_dir = "s"\n[camera]\nbackend = "video"\nfile = "c.avi"\n')
    settings = load_settings({"config": str(path)}, {})
    assert settings.state_dir == f"{tmp_path}/s"
    assert settings.camera.file == f"{tmp_path}/c.avi"
    assert settings.settings_file == path
    pair = '[web]\ntls = "own"\ncertificate = "a.pem"\nkey = "/etc/a.key"\n'
    web = load_settings({"config": str(written(tmp_path, pair))}, {}).web
    assert (web.certificate, web.key) == (f"{tmp_path}/a.pem", "/etc/a.key")


def test_paths_of_options_are_relative_to_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings({"state_dir": "s", "camera": "video:a/b.avi"}, {})
    assert settings.state_dir == f"{tmp_path}/s"
    assert (settings.camera.backend, settings.camera.file) == ("video", f"{tmp_path}/a/b.avi")
    web = load_settings({}, {"VIZY_CERTIFICATE": "a.pem", "VIZY_KEY": "/a.key"}).web
    assert (web.certificate, web.key) == (f"{tmp_path}/a.pem", "/a.key")


def test_the_children_resolve_the_same_settings_from_options_and_file(tmp_path: Path) -> None:
    path = written(tmp_path, "[camera]\nseed = 7\nfps = 12.5\nset_delay_ms = [5, 30]\n")
    options = {"config": str(path), "state_dir": "/s", "camera": "video:/c.avi", "port": 0}
    settings = load_settings(options, {})
    environ = settings_environ(options)
    assert load_settings({}, environ) == settings
    assert settings.camera.set_delay_ms == (5, 30)
    written(tmp_path, "[camera]\nseed = 8\n[web]\nport = 9\n")
    again = load_settings({}, environ)
    assert (again.camera.seed, again.camera.file, again.web.port) == (8, "/c.avi", 0)


def test_every_option_reaches_a_child(tmp_path: Path) -> None:
    for options in (
        {"camera": "picamera2:1"},
        {"camera.set_delay_ms": (5, 30), "camera.faults": False, "stream.quality": 7},
        {"host": "::1", "runtime_dir": "/r", "port": None},
    ):
        given = {"state_dir": str(tmp_path)} | options
        assert load_settings({}, settings_environ(given)) == load_settings(given, {})


def test_where_each_value_comes_from_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, "[web]\nport = 5\n[camera]\nfps = 12\n")
    environ = {"VIZY_STATE_DIR": str(tmp_path), "VIZY_PORT": "6", "VIZY_CAMERA": "v4l2:/dev/video1"}
    found = resolve({}, environ)
    assert found.path == path
    assert found.in_file == {"web.port": 5, "camera.fps": 12}
    assert found.fixed["web.port"] == "--port or VIZY_PORT"
    assert (
        found.fixed["camera.backend"] == found.fixed["camera.device"] == "--camera or VIZY_CAMERA"
    )
    assert "camera.fps" not in found.fixed
    assert resolve({}, environ, text="[stream]\nquality = 3\n").settings.stream.quality == 3
    with pytest.raises(SettingsError, match=r"stream.quality takes a whole number from 1 to 100"):
        resolve({}, environ, text="[stream]\nquality = 0\n")


def test_every_setting_is_described_in_a_sentence() -> None:
    infos = schema()
    assert infos.keys() == KEYS.keys()
    assert [key for key, info in infos.items() if not info.about] == []
    assert infos.keys() >= APPLIED_AT_ONCE
    fps = infos["camera.fps"]
    assert (fps.type, fps.minimum, fps.maximum, fps.default) == ("number", 0, 240, 30.0)
    assert (fps.unit, fps.takes) == ("pictures/s", "a number above 0, up to 240")
    assert infos["storage.keep_days"].optional
    assert infos["storage.when_full"].choices == ("delete-oldest", "refuse")


def test_a_value_to_change_is_checked_as_one_in_the_file() -> None:
    assert check_change("camera.fps", 25) == 25.0
    for key, value, text in (
        ("camera.fps", 500, r"camera.fps = 500 is refused: camera.fps takes a number above 0"),
        ("camera.fpz", 5, r"camera.fpz is not a setting: did you mean `camera.fps`"),
        ("state_dir", "/x", "state_dir is not a setting"),
        ("web.port", "80", 'web.port = "80" is refused'),
    ):
        with pytest.raises(SettingsError, match=text):
            check_change(key, value)


def test_an_edit_changes_values_and_keeps_all_else() -> None:
    text = "# mine\n[web]  # here\nport = 5 # odd\n\n[camera]\nfps = 12 # slow\n"
    edited = toml.edit(text, {"web.port": 6, "camera.fps": None, "stream.quality": 9})
    assert edited.startswith("# mine\n[web]  # here\nport = 6 # odd\n")
    assert toml.parse(edited, "x") == {"web": {"port": 6}, "camera": {}, "stream": {"quality": 9}}
    odd = 'a "quoted\\ ünicode\x7f\tname.avi'
    made = toml.edit("", {"camera.file": odd, "camera.set_delay_ms": [1.5, 2.0]})
    assert toml.parse(made, "x")["camera"] == {"file": odd, "set_delay_ms": [1.5, 2.0]}
    assert toml.edit("", {"web.port": None}) == ""


@pytest.mark.parametrize(
    ("options", "environ", "text"),
    [
        ({"port": "99999"}, {}, "--port 99999 is refused: web.port takes a whole number from 0 to"),
        ({"port": "http"}, {}, "--port http is refused: web.port takes a whole number"),
        ({"host": "h" * 254}, {}, "web.host takes a text of 1 to 253 characters"),
        ({"prot": 1}, {}, "option prot is not a setting: did you mean `port`?"),
        (
            {"camera": "usb"},
            {},
            "--camera usb is refused: camera takes simulated, picamera2, picamera2:NUMBER, v4l2",
        ),
        (
            {"camera": "video:"},
            {},
            "picamera2:NUMBER, v4l2, v4l2:DEVICE or video:FILE",
        ),
        ({"config": "/none.toml"}, {}, "/none.toml does not exist"),
        ({"state_dir": ""}, {}, "it is not a path"),
        ({"state_dir": "/x\udcff"}, {}, "'/x\\udcff' is no name in UTF-8"),
        ({"camera": "video:/\udcff.avi"}, {}, "is no name in UTF-8"),
        ({}, {"VIZY_PORT": "-1"}, "VIZY_PORT=-1 is refused: web.port takes a whole number"),
        ({}, {"VIZY_CAMERA": "x"}, "VIZY_CAMERA=x is refused"),
        ({}, {"VIZY_CAMERA_WIDTH": "65"}, "takes a whole even number from 64 to 4096"),
        ({}, {"VIZY_CAMERA_SENSOR_MODE": "big"}, "takes WIDTHxHEIGHT in pixels, as 1640x1232"),
        ({}, {"VIZY_CAMERA_BUFFERS": "1"}, "camera.buffers takes a whole number from 2 to 16"),
        ({}, {"VIZY_CAMERA_FPS": "nan"}, "camera.fps takes a number above 0, up to 240"),
        ({}, {"VIZY_CAMERA_SET_DELAY_MS": "5"}, "takes 2 values, each a number from 0 to 60000"),
        ({}, {"VIZY_CAMERA_SET_DELAY_MS": "30-5"}, "the lower comes first"),
        ({}, {"VIZY_STORAGE_FLOOR_BYTES": "much"}, "storage.floor_bytes takes a whole number"),
    ],
)
def test_a_bad_option_or_variable_is_refused_with_its_limit(
    home: dict[str, str], options: dict[str, object], environ: dict[str, str], text: str
) -> None:
    assert text in refusal(options, home | environ)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("[web]\nport = 8080\nhost 'x'\n", "line 3"),
        ("[web]\nprot = 1\n", "web.prot is not a setting: did you mean `port`?"),
        ("[wbe]\nport = 1\n", "wbe is not a setting: did you mean `web`?"),
        (
            "zzz = 1\n",
            "zzz is not a setting: known are camera, pins, runtime_dir, sensors, startup",
        ),
        ("web = 1\n", "write [web] and its keys below it"),
        ("[web]\nport = 65536\n", "web.port = 65536 is refused: web.port takes a whole number"),
        ("[web]\nport = '80'\n", 'web.port = "80" is refused'),
        ("[web]\nport = true\n", "web.port = True is refused"),
        ("[stream]\nquality = 0\n", "stream.quality takes a whole number from 1 to 100"),
        (
            "[camera]\nbackend = 'usb'\n",
            "camera.backend takes picamera2 or simulated or v4l2 or video",
        ),
        ("[camera]\nbackend = 'video'\n", "needs camera.file"),
        ("[web]\ntls = 'yes'\n", "web.tls takes off or own or self-signed"),
        ("[web]\ntls = 'own'\nkey = 'a.key'\n", "web.tls = own needs web.certificate"),
        ("[web]\ntls = 'own'\ncertificate = 'a.pem'\n", "web.tls = own needs web.key"),
        ("[web]\nkey = ''\n", "web.key takes a text of 1 to 4000 characters"),
        ("[camera]\nfps = nan\n", "camera.fps takes a number above 0"),
        ("[camera]\nset_delay_ms = [1, 2, 3]\n", "takes 2 values"),
        ('[camera]\nfile = "a\\u0000b"\n', "holds a zero byte"),
        ("state_dir = 3\n", "state_dir = 3 is refused: state_dir takes a text"),
    ],
)
def test_a_bad_file_is_named_with_line_or_key_and_kept(
    tmp_path: Path, content: str, text: str
) -> None:
    path = written(tmp_path, content)
    detail = refusal({"state_dir": str(tmp_path)}, {})
    assert text in detail
    if "needs" not in text:
        assert str(path) in detail
    assert path.read_text() == content


def test_a_file_that_is_not_text_is_refused_with_the_line(tmp_path: Path) -> None:
    path = tmp_path / "vizy.toml"
    path.write_bytes(b"[web]\nhost = '\xff'\n")
    assert f"{path}: line 2 is not UTF-8" in refusal({"config": str(path)}, {})


def test_a_file_that_is_a_folder_is_refused(tmp_path: Path) -> None:
    assert "Is a directory" in refusal({"config": str(tmp_path)}, {})


def test_a_socket_path_that_is_too_long_names_the_cure(tmp_path: Path) -> None:
    long = "/" + "d" * 100
    detail = refusal({"state_dir": long}, {})
    assert f"{long}/run/hardware.sock is a path of 119 bytes" in detail
    assert "set VIZY_RUNTIME_DIR" in detail
    assert load_settings({"state_dir": long}, {"VIZY_RUNTIME_DIR": "/r"}).runtime_dir == "/r"


def test_a_file_that_may_not_be_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Path) -> bytes:
        raise PermissionError(errno.EACCES, "Permission denied")

    path = written(tmp_path, "")
    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert f"{path} cannot be read: Permission denied" in refusal({"config": str(path)}, {})
