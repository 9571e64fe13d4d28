"""The API reference is what the docstrings say, and they say everything."""

import pytest

import dash_devices
from tools import api_reference
from tools.api_reference import Doc


def test_the_page_is_what_the_docstrings_give() -> None:
    written = api_reference.PAGE.read_text()
    assert written == api_reference.page(), "run: python -m tools.api_reference"


def test_every_public_name_and_every_parameter_is_documented() -> None:
    assert "\n".join(api_reference.gaps()) == ""


def test_every_exported_name_is_on_the_page() -> None:
    page = api_reference.page()
    assert [name for name in dash_devices.__all__ if f"`{name}`" not in page] == []


def test_every_name_that_is_left_out_exists() -> None:
    for owner, names in api_reference.NOT_FOR_PROGRAMS.items():
        assert [name for name in names if name not in vars(getattr(dash_devices, owner))] == []
    assert api_reference.OF_DASH.keys() <= set(dash_devices.__all__)


def test_every_bit_of_services_is_explained() -> None:
    doc = Doc.of(dash_devices.Services)
    explained = doc.names("Attributes")
    also = [name for name in dash_devices.Services.__members__ if name not in explained]
    assert [name for name in also if f"{name} is its other name" not in doc.source] == []


class Documented:
    """A thing.

    It has two paragraphs.

    Args:
        one: The first, which goes on
            in a second line.
        *more, **others: The rest.

    Attributes:
        here: Always.
    """

    def __init__(self, one: int, two: int = 2, *more: int, **others: int) -> None:
        self.here = (one, two, more, others)

    def method(self, three: int) -> int:
        """Do it.

        Returns:
            Whatever came,
            changed.
        """
        return three

    def bare(self) -> None:  # says nothing
        del self


def test_a_docstring_is_taken_apart() -> None:
    doc = Doc.of(Documented)
    assert doc.text == "A thing.\n\nIt has two paragraphs."
    assert doc.sections == {
        "Args": [
            ("one", "The first, which goes on in a second line."),
            ("*more, **others", "The rest."),
        ],
        "Attributes": [("here", "Always.")],
    }
    assert doc.names("Args") == {"one", "more", "others"}
    assert Doc.of(Documented.method).sections == {"Returns": [("", "Whatever came, changed.")]}


def test_what_a_docstring_leaves_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Documented, "__module__", "dash_devices.documented")
    monkeypatch.setattr(dash_devices, "Documented", Documented, raising=False)
    monkeypatch.setattr(dash_devices, "NEW", object(), raising=False)
    monkeypatch.setattr(dash_devices, "__all__", ["Documented", "NEW"])
    assert api_reference.gaps() == [
        "Documented: nothing is said of two",
        "Documented.method: nothing is said of three",
        "Documented.bare: no docstring",
        "NEW: say in OF_DASH what it is for",
    ]
