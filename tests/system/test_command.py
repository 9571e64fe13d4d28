"""The command against the real processes: the same verbs, over the network and on the device."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from tests.system import people
from tests.system.processes import VizyProcesses
from vizy.cli import main
from vizy.state import DeviceState

Say = Callable[..., Result]


@pytest.fixture(params=["http", "device"])
def say(request: pytest.FixtureRequest, vizy: VizyProcesses) -> Say:
    """Type a command; it must go well unless a code is named."""
    environ = (
        {"VIZY_URL": vizy.url, "VIZY_TOKEN": people.token_secret("operator")}
        if request.param == "http"
        else {"VIZY_STATE_DIR": str(vizy.state_dir)}
    )

    def typed(*words: str, code: int = 0) -> Result:
        result = CliRunner().invoke(main, list(words), env=environ)
        assert result.exit_code == code, result.output
        return result

    return typed


def test_what_prints_data_prints_json(say: Say) -> None:
    state = json.loads(say("status", "--json").stdout)
    assert msgspec.convert(state, DeviceState).camera.status == "ready"
    assert json.loads(say("set", "--json", "Brightness=0.25").stdout) == {"Brightness": 0.25}
    assert isinstance(json.loads(say("jobs", "--json").stdout), list)
    assert json.loads(say("sensors", "--json").stdout)
    assert json.loads(say("sensors", "--history", "--json").stdout)["step_s"] > 0
    assert say("sensors", "--history").stdout.startswith("time,")
    assert "=" in say("sensors").stdout
    taken = json.loads(say("capture", "--json").stdout)
    kept = json.loads(say("captures", "protect", "--json", taken["id"]).stdout)
    assert kept[0]["protected"] is True
    say("captures", "unprotect", taken["id"])
    listed = json.loads(say("captures", "list", "--json", "--limit", "1").stdout)
    assert listed["items"][0]["id"] == taken["id"]
    say("captures", "delete", taken["id"])
    say("set", "Brightness=0")


def test_presets_are_saved_listed_recalled_and_deleted(say: Say) -> None:
    say("set", "Contrast=1.5")
    say("preset", "save", "dusk")
    say("set", "Contrast=1")
    say("preset", "recall", "dusk")
    assert json.loads(say("set", "--json", "Contrast=1").stdout) == {"Contrast": 1.0}
    assert "Contrast=1.5" in say("preset", "list").stdout
    assert json.loads(say("preset", "list", "--json").stdout)["dusk"]["Contrast"] == 1.5
    say("preset", "delete", "dusk")
    assert say("preset", "list").stderr == "no presets\n"
    assert "Error: " in say("preset", "recall", "dusk", code=1).stderr


def test_the_live_picture_is_saved(say: Say, tmp_path: Path) -> None:
    say("snapshot", "-o", str(tmp_path / "now.jpg"))
    assert (tmp_path / "now.jpg").read_bytes().startswith(b"\xff\xd8")
    assert say("snapshot", "-o", "-").stdout_bytes.startswith(b"\xff\xd8")
    assert "cannot be written" in say("snapshot", "-o", f"{tmp_path}/no/x.jpg", code=1).stderr


def test_captures_are_downloaded_and_gone_on_with(say: Say, tmp_path: Path) -> None:
    ids = [json.loads(say("capture", "--json").stdout)["id"] for _ in range(2)]
    (tmp_path / f"{ids[0]}.jpg.part").write_bytes(b"\xff\xd8cut")
    printed = say("download", *ids, "-o", str(tmp_path)).stdout.split()
    assert printed == [f"{tmp_path}/{each}.jpg" for each in ids]
    again = json.loads(say("download", *ids, "-o", str(tmp_path), "--json").stdout)
    assert again == printed
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".jpg", ".jpg"]
    assert say("download", "--all-of", "none", "-o", str(tmp_path)).stderr.endswith(
        "has no captures\n"
    )
    assert "no capture" in say("download", "none", code=1).stderr
    assert "by --all-of" in say("download", code=2).stderr


def test_a_lamp_that_is_not_there_is_told(say: Say) -> None:
    assert "Error: " in say("lamp", "0.5", code=1).stderr
    assert "range" in say("lamp", "2", code=2).stderr


def test_a_refusal_of_the_device_is_told_in_its_words(say: Say) -> None:
    refused = say("set", "Brightness=5", code=1)
    assert refused.stderr == "Error: Brightness=5 is above 1.0, its maximum: lower it\n"


def test_another_machine_is_named_by_option_and_its_token_may_be_in_a_file(
    vizy: VizyProcesses, tmp_path: Path
) -> None:
    secret = tmp_path / "token"
    secret.write_text(people.token_secret("viewer") + "\n")
    there = ["--host", vizy.url, "--token", f"@{secret}"]
    run = CliRunner()
    assert run.invoke(main, ["status", *there]).stdout.startswith("camera    Simulated")
    refused = run.invoke(main, ["capture", *there])
    assert refused.exit_code == 1
    assert "needs the role" in refused.stderr
    nobody = run.invoke(main, ["status", "--host", vizy.url])
    assert (nobody.exit_code, "page Account" in nobody.stderr) == (1, True)
    both = run.invoke(main, ["status", *there, "--state-dir", str(tmp_path)])
    assert (both.exit_code, "another machine" in both.stderr) == (2, True)
    missing = run.invoke(main, ["status", "--host", vizy.url, "--token", f"@{tmp_path}/none"])
    assert (missing.exit_code, "cannot be read" in missing.stderr) == (2, True)
    wrong = run.invoke(main, ["status", "--host", "vizy.local"])
    assert (wrong.exit_code, "take one like" in wrong.stderr) == (2, True)
    off = run.invoke(main, ["status", "--host", "http://127.0.0.1:9"])
    assert (off.exit_code, "cannot be reached" in off.stderr) == (1, True)


def test_a_folder_that_is_typed_goes_before_the_variable_of_another_machine(
    vizy: VizyProcesses,
) -> None:
    result = CliRunner().invoke(
        main,
        ["status", "--state-dir", str(vizy.state_dir)],
        env={"VIZY_URL": "http://127.0.0.1:9"},
    )
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_its_completion(shell: str) -> None:
    printed = CliRunner().invoke(main, ["completion", shell])
    assert printed.exit_code == 0
    assert "_VIZY_COMPLETE" in printed.stdout
    asked = {"_VIZY_COMPLETE": "bash_complete", "COMP_WORDS": "vizy sna", "COMP_CWORD": "1"}
    completed = subprocess.run(
        [str(Path(sys.executable).with_name("vizy"))],
        env=asked,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "snapshot" in completed.stdout


def test_the_doctor_finds_nothing_wrong_with_a_vizy_that_works(vizy: VizyProcesses) -> None:
    environ = {"VIZY_STATE_DIR": str(vizy.state_dir), "VIZY_PORT": vizy.environ["VIZY_PORT"]}
    well = CliRunner().invoke(main, ["doctor"], env=environ)
    assert well.exit_code == 0, well.output
    assert well.stdout.endswith("nothing is wrong\n")
    told = CliRunner().invoke(main, ["doctor", "--json"], env=environ)
    assert {each["verdict"] for each in json.loads(told.stdout)} <= {"ok", "warning"}


def test_the_doctor_says_what_is_wrong_and_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "vizy.toml").write_text("[web]\nprot = 1\n")
    ill = CliRunner().invoke(main, ["doctor"], env={"VIZY_STATE_DIR": str(tmp_path)})
    assert ill.exit_code == 1
    assert "did you mean `port`?" in ill.stdout
    (tmp_path / "vizy.toml").write_text("[web]\nport = 9\n")
    alone = CliRunner().invoke(main, ["doctor"], env={"VIZY_STATE_DIR": str(tmp_path)})
    assert alone.exit_code == 1
    assert "WRONG hardware process: " in alone.stdout
    assert "      -> start it with `vizy run`" in alone.stdout


@pytest.mark.parametrize("command", ["run", "hardware", "web"])
def test_a_mistyped_variable_ends_what_it_would_start(command: str, tmp_path: Path) -> None:
    environ = {"VIZY_STATE_DIR": str(tmp_path), "VIZY_PROT": "1"}
    refused = CliRunner().invoke(main, [command], env=environ)
    assert refused.exit_code == 2
    assert "VIZY_PROT is no variable of Vizy: did you mean VIZY_PORT?" in refused.stderr
