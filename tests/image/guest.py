"""A device in QEMU: the finished image on a virtual card, with power that can go at any moment.

The image stays as it was built: a copy of it is the card, larger, as cards are. Outside, the page
is at a port of the loopback address. Inside, commands run as root by a shell that exists because
this guest's kernel is started with a unit among its arguments (systemd.system-credentials(7)): the
image itself has no way in. Whoever starts a guest ends it.
"""

import base64
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

CARD_BYTES = 4 << 30
BOOT_S = 900.0  # at the most: emulated, on a machine that is busy
COMMAND_S = 180.0
_LOOK_S = 0.25

_SHELL = """\
[Unit]
Description=A shell for the boot test
DefaultDependencies=no
StartLimitIntervalSec=0
[Service]
ExecStartPre=/bin/sh -c 'until [ -c /dev/virtio-ports/test ]; do sleep 0.2; done'
ExecStart=/bin/sh -c 'exec /bin/sh 0<>/dev/virtio-ports/test 1>&0 2>&0'
Restart=always
RestartSec=1
"""


@dataclass(frozen=True)
class Image:
    """What a build left; see ``BootTest`` in image-build/vizyimage/manifest.py."""

    arch: str
    raw: Path
    kernel: Path
    initrd: Path
    kernel_args: str
    manifest: dict[str, Any]

    @classmethod
    def of(cls, manifest: Path) -> "Image":
        """Read a manifest."""
        told = json.loads(manifest.read_text())
        boot = told["boot_test"]
        files = (Path(boot[name]) for name in ("raw", "kernel", "initrd"))
        return cls(told["arch"], *files, boot["kernel_args"], told)


class Guest:
    """One device and its card.

    Args:
        image: What is on the card.
        folder: For card, console and sockets; its path is short.
    """

    def __init__(self, image: Image, folder: Path) -> None:
        self.image = image
        self.card = folder / "card.img"
        self.console = folder / "console.log"
        self.serial = ""
        self._shell = folder / "shell"
        self._qemu: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None
        self._heard = b""
        self._count = 0
        self.ports = dict(zip(("http", "https", "ssh"), _free_ports(3), strict=True))
        subprocess.run(["cp", "--sparse=always", image.raw, self.card], check=True)
        with self.card.open("r+b") as card:
            card.truncate(CARD_BYTES)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if kind is not None:
            print(f"--- console of the guest, its end:\n{self.said()[-4000:]}")  # noqa: T201
        self.cut_power()
        self.card.unlink(missing_ok=True)

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self.ports['http']}"

    def power_on(self, *arguments: str) -> None:
        """Switch it on.

        Args:
            arguments: To the kernel, besides the image's own.
        """
        assert self._qemu is None
        self._shell.unlink(missing_ok=True)
        unit = base64.b64encode(_SHELL.encode()).decode()
        words = [
            self.image.kernel_args,
            f"systemd.set_credential_binary=systemd.extra-unit.boot-test.service:{unit}",
            "systemd.wants=boot-test.service",
            *arguments,
        ]
        forwarded = {"http": 80, "https": 443, "ssh": 22}
        network = ",".join(
            f"hostfwd=tcp:127.0.0.1:{self.ports[name]}-:{port}" for name, port in forwarded.items()
        )
        chardev = f"socket,id=shell,path={self._shell},server=on,wait=off"
        with self.console.open("ab") as console:
            self._qemu = subprocess.Popen(
                [
                    *_machine(self.image.arch),
                    *("-accel", "tcg,thread=multi", "-smp", "2", "-m", "1024"),
                    *("-display", "none", "-no-reboot", "-serial", "stdio", "-monitor", "none"),
                    *("-kernel", self.image.kernel, "-initrd", self.image.initrd),
                    *("-append", " ".join(words)),
                    *("-drive", f"file={self.card},format=raw,if=virtio"),
                    *("-netdev", f"user,id=net,{network}"),
                    *("-device", "virtio-net-pci,netdev=net,romfile="),
                    *("-chardev", chardev, "-device", "virtio-serial-pci"),
                    *("-device", "virtserialport,chardev=shell,name=test"),
                ],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
            )

    def cut_power(self) -> None:
        """Take the power away, at once."""
        if self._line:
            self._line.close()
            self._line = None
        if self._qemu:
            self._qemu.kill()
            self._qemu.wait(30)
            self._qemu = None

    def wait_off(self, *, limit_s: float = COMMAND_S) -> None:
        """Wait until it has switched itself off, or wants to start anew."""
        assert self._qemu
        self._qemu.wait(limit_s)
        self.cut_power()

    def until(self, what: str, holds: Callable[[], Any], *, limit_s: float = BOOT_S) -> Any:
        """Wait until something holds, and return it.

        Raises:
            AssertionError: It does not in time, or the guest has ended; with the console's end.
        """
        deadline = time.monotonic() + limit_s
        while time.monotonic() < deadline:
            assert self._qemu, "it is not on"
            assert self._qemu.poll() is None, f"QEMU ended while {what}:\n{self.said()[-3000:]}"
            try:
                if found := holds():
                    return found
            except (httpx.TransportError, OSError):
                pass
            time.sleep(_LOOK_S)
        raise AssertionError(f"{what}: not within {limit_s:g} s; console:\n{self.said()[-3000:]}")

    def until_page(self) -> float:
        """Wait until the page answers; return the seconds since the call."""
        begun = time.monotonic()
        self.until("the page answers", self._has_page)
        return time.monotonic() - begun

    def said(self) -> str:
        """Return what the serial console showed so far."""
        return self.console.read_text(errors="replace") if self.console.exists() else ""

    def run(self, command: str, *, limit_s: float = COMMAND_S) -> tuple[int, str]:
        """Run a command as root; return its exit code and what it printed."""
        if self._line is None:
            self.until("a shell answers", self._has_shell)
        self._count += 1
        mark = f"done-{self._count}"
        assert self._line
        text = base64.b64encode(command.encode()).decode()
        self._line.sendall(
            f"echo {text} | base64 -d >/run/boot-test; sh /run/boot-test </dev/null 2>&1; "
            f'printf "\\n%s-%s %s\\n" done {self._count} $?\n'.encode()
        )
        output = self._until_mark(f"\n{mark} ".encode(), limit_s)
        code = self._until_mark(b"\n", limit_s)
        return int(code), output.decode(errors="replace").removesuffix("\n")

    def ask(self, command: str, *, limit_s: float = COMMAND_S) -> str:
        """Run a command that must succeed; return what it printed, without space around it."""
        code, output = self.run(command, limit_s=limit_s)
        assert code == 0, f"{command}: exit code {code}: {output}"
        return output.strip()

    def _has_page(self) -> bool:
        answer = httpx.get(f"{self.url}/login", timeout=5)
        return answer.is_success or answer.is_redirect

    def _has_shell(self) -> bool:
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(3)
        try:
            line.connect(str(self._shell))
            line.sendall(b'\nprintf "%s-%s\\n" shell ready\n')
            heard = b""
            while b"shell-ready\n" not in heard:
                piece = line.recv(4096)
                if not piece:
                    raise OSError("nobody is there")
                heard += piece
        except OSError:
            line.close()
            return False
        self._line, self._heard = line, b""
        return True

    def _until_mark(self, mark: bytes, limit_s: float) -> bytes:
        assert self._line
        deadline = time.monotonic() + limit_s
        while mark not in self._heard:
            left = deadline - time.monotonic()
            assert left > 0, f"no end within {limit_s:g} s; so far: {self._heard[-2000:]!r}"
            self._line.settimeout(left)
            piece = self._line.recv(65536)
            assert piece, "the shell ended"
            self._heard += piece.replace(b"\r\n", b"\n")
        before, _, self._heard = self._heard.partition(mark)
        return before


def _machine(arch: str) -> list[str]:
    if arch == "arm64":  # cortex-a72 and not max, which does pointer authentication in software
        return ["qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a72"]
    return ["qemu-system-x86_64", "-M", "q35", "-cpu", "max"]


def _free_ports(count: int) -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in held]
    for each in held:
        each.close()
    return ports


def has_room(folder: Path) -> bool:
    """Tell whether a card fits."""
    return shutil.disk_usage(folder).free > CARD_BYTES
