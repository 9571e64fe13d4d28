"""`Entered`: what a person has typed into the form, against what it was filled with. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from vizy import toml
from vizy.errors import SettingsError
from vizy.settings import Settings, resolve
from vizy.settings.report import SettingsReport
from web.pages.settings.form import INFOS, is_switch
from web.pages.settings.human import meant


class Entered(NamedTuple):
    """The fields of the form.

    Attributes:
        fields: Key to what its field holds.
        base: The same as the form was filled.
    """

    fields: Mapping[str, Any]
    base: Mapping[str, Any]

    @classmethod
    def of(
        cls, ids: Iterable[Mapping[str, str]], values: Iterable[Any], base: Mapping[str, Any] | None
    ) -> "Entered":
        """Return the fields of a callback's states."""
        fields = {each["setting"]: value for each, value in zip(ids, values, strict=True)}
        return cls(fields, base or {})

    @property
    def edited(self) -> tuple[str, ...]:
        """The keys of the fields that mean something else than they were filled with."""
        return tuple(key for key in self.fields if not self.means(key, self.base[key]))

    def means(self, key: str, other: Any) -> bool:
        """Tell whether a field means the same as another content: ``30`` as ``30 days``."""
        if (self.fields[key] or "") == (other or ""):
            return True
        try:
            return self._value(key) == _value(key, other)
        except SettingsError:
            return False

    def errors(self) -> dict[str, str]:
        """Return what is wrong with a field, in the server's own words."""
        found: dict[str, str] = {}
        for key in self.edited:
            try:
                self._value(key)
            except SettingsError as error:
                found[key] = error.detail
        return found

    def changes(self) -> dict[str, Any]:
        """Return the changes to ask for; None where a field holds the default.

        Raises:
            SettingsError: A field holds what its setting does not take.
        """
        changes: dict[str, Any] = {}
        for key in self.edited:
            value = self._value(key)
            default = INFOS[key].default
            changes[key] = None if value == default else value
        return changes

    def check_together(self, report: SettingsReport, running: Settings) -> None:
        """Refuse values that do not go together, as a start would.

        Raises:
            SettingsError: They do not; the text says why.
        """
        whole = report.in_file | self.changes()
        text = toml.edit("", {key: value for key, value in whole.items() if value is not None})
        places = {"state_dir": running.state_dir, "runtime_dir": running.runtime_dir}
        resolve(places, {}, text=text)

    def _value(self, key: str) -> Any:
        return _value(key, self.fields[key])


def _value(key: str, held: Any) -> Any:
    return bool(held) if is_switch(INFOS[key]) else meant(INFOS[key], held)
