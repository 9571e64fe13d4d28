"""What lies beside an image, for programs of others."""

import json
from pathlib import Path
from typing import Any

import pytest
from vizyimage import imager, sbom
from vizyimage.profile import load

from tests.image_build.test_manifest import MADE


def bill(tmp_path: Path) -> dict[str, Any]:
    about = tmp_path / "usr/lib/vizy/lib/python3.13/site-packages/Dash_Thing-1.0.dist-info/METADATA"
    about.parent.mkdir(parents=True)
    about.write_text(
        "Metadata-Version: 2.4\nName: Dash_Thing\nVersion: 1.0\nLicense-Expression: MIT\n\nText\n"
    )
    debs = {"zstd": "1.5.7+dfsg-1", "libc6": "2.41-12"}
    return sbom.document(
        tmp_path, debs, name="vizy-1.2.3-debian", version="1.2.3", arch="arm64", epoch=1_700_000_000
    )


def test_the_bill_names_packages_of_debian_and_of_python(tmp_path: Path) -> None:
    document = bill(tmp_path)
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.5")
    assert [each["purl"] for each in document["components"]] == [
        "pkg:deb/debian/libc6@2.41-12?arch=arm64&distro=trixie",
        "pkg:deb/debian/zstd@1.5.7%2Bdfsg-1?arch=arm64&distro=trixie",
        "pkg:pypi/dash-thing@1.0",
    ]
    assert document["components"][2]["licenses"] == [{"expression": "MIT"}]
    assert document["metadata"]["timestamp"] == "2023-11-14T22:13:20Z"


def test_the_same_image_has_the_same_bill(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    assert bill(one) == bill(two)
    sbom.write(bill(tmp_path / "three"), tmp_path / "sbom.json")
    assert json.loads((tmp_path / "sbom.json").read_text()) == bill(tmp_path / "four")


def test_imager_is_told_that_it_may_set_name_user_wifi_and_key() -> None:
    document = imager.document(MADE, load("debian"), Path("/d/vizy-1.2.3-debian.img.zst"))
    [entry] = document["os_list"]
    assert entry["init_format"] == "systemd"
    assert entry["url"] == "file:///d/vizy-1.2.3-debian.img.zst"
    assert (entry["extract_size"], entry["extract_sha256"]) == (MADE.raw_bytes, MADE.raw_sha256)
    assert (entry["image_download_size"], entry["image_download_sha256"]) == (
        MADE.packed_bytes,
        MADE.packed_sha256,
    )
    assert entry["release_date"] == "2023-11-14"
    assert entry["devices"] == ["pi3-64bit", "pi4-64bit"]
    assert {tag for each in document["imager"]["devices"] for tag in each["tags"]} == set(
        entry["devices"]
    )


def test_imager_has_all_that_its_schema_asks_for() -> None:
    [entry] = imager.document(MADE, load("debian"), Path("/d/vizy.img.zst"))["os_list"]
    assert set(entry) >= {
        "name",
        "description",
        "icon",
        "url",
        "extract_size",
        "extract_sha256",
        "image_download_size",
        "release_date",
        "devices",
    }


def test_where_an_image_can_be_downloaded_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIZY_DOWNLOAD_URL", "https://example.org/vizy/")
    [entry] = imager.document(MADE, load("debian"), Path("/d/vizy.img.zst"))["os_list"]
    assert entry["url"] == "https://example.org/vizy/vizy.img.zst"


@pytest.mark.parametrize("name", ["debian", "raspios"])
def test_every_profile_has_its_models(name: str) -> None:
    document = imager.document(
        MADE.__class__(**{**_fields(), "profile": name}), load(name), Path("/d/vizy.img.zst")
    )
    assert document["os_list"][0]["devices"]


def _fields() -> dict[str, Any]:
    return {field: getattr(MADE, field) for field in MADE.__struct_fields__}
