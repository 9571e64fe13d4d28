"""What an image is made of, as ``profiles/NAME.yaml`` declares it, checked before anything is done.

The types below are the only place where a variable is described: the checks, the messages and the
table in ``image-build/README.md`` are made of them. No network, no root, nothing built.
"""

import re
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, cast, get_args

import msgspec
import yaml
from msgspec import Meta, Struct

from vizyimage.errors import ProfileError

ROOT = Path(__file__).resolve().parent.parent
"""The folder ``image-build``."""

Arch = Literal["arm64", "amd64"]
ARCHES: tuple[Arch, ...] = get_args(Arch)

_Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]*$")]
_Package = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9+.-]+$")]
_Word = Annotated[str, Meta(pattern=r"^\S+$")]
_Glob = Annotated[str, Meta(pattern=r"^/\S+$")]
_Mode = Annotated[str, Meta(pattern=r"^0[0-7]{3}$")]
_Hook = Annotated[str, Meta(pattern=r"^[a-z0-9-]+\.sh$")]


class Source(Struct, frozen=True, forbid_unknown_fields=True):
    """An archive of packages."""

    uri: Annotated[
        str,
        Meta(pattern=r"^https?://[^/\s]+(/\S*)?$", description="Its address, the official one."),
    ]
    suites: Annotated[list[_Word], Meta(min_length=1, description="As `trixie`.")]
    components: Annotated[list[_Word], Meta(min_length=1, description="As `main`.")]
    signed_by: Annotated[
        str,
        Meta(
            pattern=r"^(/\S+|keys/[\w.-]+)$",
            description="The key: of this machine (`/usr/share/keyrings/...`) or `keys/NAME`.",
        ),
    ]


class Pin(Struct, frozen=True, forbid_unknown_fields=True):
    """Which archive packages are taken from, where several have them."""

    packages: Annotated[list[_Word], Meta(min_length=1, description="Names, `*` allowed.")]
    pin: Annotated[
        str,
        Meta(
            pattern=r"^(release|origin|version) \S.*$",
            description="As in apt_preferences(5): `origin archive.raspberrypi.com`.",
        ),
    ]
    priority: Annotated[int, Meta(ge=-1000, le=1001, description="As in apt_preferences(5).")]


class Hooks(Struct, frozen=True, forbid_unknown_fields=True):
    """Scripts of ``hooks/``, in order; each gets the root folder as its argument."""

    essential: Annotated[
        list[_Hook], Meta(description="After the essential packages, before the others.")
    ] = []
    customize: Annotated[
        list[_Hook], Meta(description="After all packages: the last of the base layer.")
    ] = []
    finish: Annotated[
        list[_Hook], Meta(description="After Vizy's own package and the overlays, in each build.")
    ] = []


class Disk(Struct, frozen=True, forbid_unknown_fields=True):
    """The three partitions."""

    boot_mb: Annotated[
        int, Meta(ge=128, le=1024, description="VIZYBOOT, FAT32: firmware, kernels, MiB.")
    ]
    root_mb: Annotated[int, Meta(ge=512, le=8192, description="VIZYROOT, ext4, MiB.")]
    data_mb: Annotated[
        int, Meta(ge=16, le=4096, description="VIZYDATA, ext4, MiB; grown at first boot.")
    ]


class Profile(Struct, frozen=True, forbid_unknown_fields=True):
    """One image."""

    name: Annotated[_Name, Meta(description="As the file is called.")]
    description: Annotated[str, Meta(min_length=10, description="For whom, in a sentence.")]
    suite: Annotated[_Word, Meta(description="The Debian release, as `trixie`.")]
    python: Annotated[
        str, Meta(pattern=r"^3\.\d+$", description="The release's Python: wheels are chosen by it.")
    ]
    architectures: Annotated[
        list[Arch], Meta(min_length=1, description="What it can be built for.")
    ]
    sources: Annotated[
        list[Source], Meta(min_length=1, description="Archives; the first one has the essential.")
    ]
    packages: Annotated[
        list[_Package], Meta(min_length=1, description="Installed, without what they recommend.")
    ]
    disk: Annotated[Disk, Meta(description="Sizes of the partitions.")]
    overlays: Annotated[
        list[_Name], Meta(description="Folders of `overlay/`, copied over the root in this order.")
    ]
    kernel_args: Annotated[
        list[_Word], Meta(min_length=1, description="Arguments of the kernel, without consoles.")
    ]
    initramfs_modules: Annotated[
        list[_Word], Meta(min_length=1, description="Kernel modules of the initramfs; no others.")
    ]
    packages_arm64: Annotated[list[_Package], Meta(description="More, for arm64 only.")] = []
    packages_amd64: Annotated[list[_Package], Meta(description="More, for amd64 only.")] = []
    pins: Annotated[list[Pin], Meta(description="Preferences between archives.")] = []
    hooks: Annotated[Hooks, Meta(description="Scripts that change the root.")] = Hooks()
    leave_out: Annotated[
        list[_Glob], Meta(description="Files that dpkg does not unpack, now and at upgrades.")
    ] = []
    keep: Annotated[list[_Glob], Meta(description="Exceptions from `leave_out`.")] = []
    modes: Annotated[
        dict[_Glob, _Mode], Meta(description="Modes of overlay files that are not 0644.")
    ] = {}

    def packages_for(self, arch: Arch) -> list[str]:
        """Name all packages for an architecture, sorted, none twice."""
        own = self.packages_arm64 if arch == "arm64" else self.packages_amd64
        return sorted({*self.packages, *own})


def load(name: str, root: Path = ROOT) -> Profile:
    """Read and check a profile.

    Args:
        name: As ``debian``.
        root: The folder with ``profiles``, ``overlay`` and ``hooks``.

    Raises:
        ProfileError: It does not exist, or holds a key, type, value, overlay or hook that cannot
            be; the text names the file, the key, the value and what is allowed.
    """
    file = root / "profiles" / f"{name}.yaml"
    if not file.is_file():
        known = ", ".join(names(root)) or "none"
        raise ProfileError(f"PROFILE={name}: there is no {file}; there are: {known}")
    own = _read(file)
    base: dict[str, Any] = {}
    extends = own.pop("extends", None)
    if extends is not None:
        base_file = root / "profiles" / f"{extends}.yaml"
        if not base_file.is_file():
            raise ProfileError(f"{file}: extends: {extends!r}: there is no {base_file}")
        base = _read(base_file)
    data = _merged(base, own)
    profile = _converted(data, file)
    if profile.name != name:
        raise ProfileError(
            f"{file}: name: {profile.name!r} must be {name!r}, as the file is called"
        )
    _check_files(profile, file, root)
    return profile


def names(root: Path = ROOT) -> list[str]:
    """Name every profile that can be built: those that extend nothing are only extended."""
    files = sorted((root / "profiles").glob("*.yaml"))
    return [file.stem for file in files if re.search(r"(?m)^name:", file.read_text())]


def variables() -> list[tuple[str, str, str]]:
    """Tell every variable: its key, whether it must be there, what it means."""
    return list(_variables(Profile, ""))


def _variables(struct: type[Struct], prefix: str) -> list[tuple[str, str, str]]:
    rows: list[tuple[str, str, str]] = []
    for field in msgspec.structs.fields(struct):
        meta = next(each for each in field.type.__metadata__ if each.description)
        optional = field.default is not msgspec.NODEFAULT or (
            field.default_factory is not msgspec.NODEFAULT
        )
        rows.append((prefix + field.name, "" if optional else "yes", meta.description))
        inner, suffix = _inner(field.type.__origin__)
        if inner is not None:
            rows += _variables(inner, f"{prefix}{field.name}{suffix}.")
    return rows


def _inner(kind: Any) -> tuple[type[Struct] | None, str]:
    """Find the Struct that a field holds: one, or a list of them."""
    if isinstance(kind, type) and issubclass(kind, Struct):
        return kind, ""
    for arg in get_args(kind):
        if isinstance(arg, type) and issubclass(arg, Struct):
            return arg, "[]"
    return None, ""


def _read(file: Path) -> dict[str, Any]:
    try:
        data = yaml.safe_load(file.read_text())
    except yaml.YAMLError as error:
        raise ProfileError(f"{file}: this is not YAML: {error}") from error
    if not isinstance(data, dict):
        raise ProfileError(
            f"{file}: holds {type(data).__name__}, must hold variables: `key: value`"
        )
    return cast("dict[str, Any]", data)


def _merged(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Lay a profile over what it extends: lists are appended, the rest is replaced."""
    merged = dict(base)
    for key, value in own.items():
        there = merged.get(key)
        if isinstance(there, list) and isinstance(value, list):
            merged[key] = [*cast("list[Any]", there), *cast("list[Any]", value)]
        elif isinstance(there, dict) and isinstance(value, dict):
            merged[key] = _merged(cast("dict[str, Any]", there), cast("dict[str, Any]", value))
        else:
            merged[key] = value
    return merged


def _converted(data: dict[str, Any], file: Path) -> Profile:
    try:
        return msgspec.convert(data, Profile)
    except msgspec.ValidationError as error:
        raise ProfileError(_refusal(str(error), data, file)) from error


def _refusal(text: str, data: dict[str, Any], file: Path) -> str:
    """Say msgspec's refusal with the file, the key, the value and what is allowed."""
    message, _, where = text.partition(" - at ")
    path = where.strip("`").removeprefix("$").removeprefix(".")
    steps = re.findall(r"[^.\[\]]+", path)
    unknown = re.fullmatch(r"Object contains unknown field `(.*)`", message)
    if unknown:
        struct = _struct_at(steps)
        allowed = [field.name for field in msgspec.structs.fields(struct)]
        meant = get_close_matches(unknown[1], allowed, 1)
        hint = f"; did you mean {meant[0]!r}?" if meant else ""
        key = ".".join([*steps, unknown[1]])
        value = _value_at(data, [*steps, unknown[1]])
        return f"{file}: {key}: {value!r}: no such key{hint} Allowed: {', '.join(allowed)}"
    missing = re.fullmatch(r"Object missing required field `(.*)`", message)
    if missing:
        key = ".".join([*steps, missing[1]])
        return f"{file}: {key}: is missing; it is needed: {_meaning(_struct_at(steps), missing[1])}"
    value = _value_at(data, steps)
    return f"{file}: {path}: {value!r}: {message[:1].lower()}{message[1:]}"


def _struct_at(steps: list[str]) -> type[Struct]:
    struct: type[Struct] = Profile
    for step in steps:
        for field in msgspec.structs.fields(struct):
            inner, _ = _inner(field.type.__origin__)
            if field.name == step and inner is not None:
                struct = inner
    return struct


def _meaning(struct: type[Struct], name: str) -> str:
    for field in msgspec.structs.fields(struct):
        if field.name == name:
            return next(each.description for each in field.type.__metadata__ if each.description)
    return ""


def _value_at(data: Any, steps: list[str]) -> Any:
    value = data
    for step in steps:
        try:
            value = value[int(step) if step.isdigit() else step]
        except (KeyError, TypeError):  # msgspec writes `[...]` for "some value of this mapping"
            return value
    return value


def _check_files(profile: Profile, file: Path, root: Path) -> None:
    overlays = sorted(each.name for each in (root / "overlay").iterdir() if each.is_dir())
    for overlay in profile.overlays:
        if overlay not in overlays:
            raise ProfileError(
                f"{file}: overlays: {overlay!r}: there is no folder {root / 'overlay' / overlay}; "
                f"there are: {', '.join(overlays)}"
            )
    hooks = sorted(each.name for each in (root / "hooks").glob("*.sh"))
    for stage in msgspec.structs.fields(Hooks):
        for hook in getattr(profile.hooks, stage.name):
            if hook not in hooks:
                raise ProfileError(
                    f"{file}: hooks.{stage.name}: {hook!r}: there is no {root / 'hooks' / hook}; "
                    f"there are: {', '.join(hooks)}"
                )
