"""``python -m web.auth NAME``: gives an account another password, at the device itself.

What ``vizy password NAME`` becomes, for who has forgotten theirs. It works on the file of the
accounts, whether the web process runs or not; one that runs takes it in within a second. The
password is asked for at the terminal, or read as a line from standard input; never an argument,
which others could see.
"""

import getpass
import os
import sys
from pathlib import Path

from vizy.errors import ConflictError, InvalidValueError, NotFoundError, VizyError
from vizy.settings import load_settings
from web.auth.file import AccountsFile
from web.auth.passwords import check, hash_password
from web.auth.records import Records
from web.auth.users import with_password


def main() -> int:
    """Change it; return the exit code."""
    try:
        name = sys.argv[1]
        file = AccountsFile(Path(load_settings({}, os.environ).state_dir))
        _become_owner(file)
        password = _asked(_existing(file, name))
        kept = hash_password(password)
        file.change(lambda records: with_password(records, name, kept), Records())
    except VizyError as error:
        sys.stderr.write(f"Error: {error}\n")
        return 1
    except (KeyboardInterrupt, EOFError):
        return 130
    sys.stdout.write(f"{name} has a new password, and is signed out everywhere.\n")
    return 0


def _become_owner(file: AccountsFile) -> None:
    """Let root write as the web process does, so that this can still read what was written."""
    if os.geteuid() != 0:
        return
    try:
        owner = file.path.stat()
    except OSError:
        return
    os.setgroups([])
    os.setgid(owner.st_gid)
    os.setuid(owner.st_uid)


def _existing(file: AccountsFile, name: str) -> str:
    """Return the account's name as it is written.

    Raises:
        AccountsError: The file is damaged.
        ConflictError: There are no accounts yet.
        NotFoundError: There is none of that name.
    """
    records = file.read()
    if records is None:
        raise ConflictError(f"{file.path} does not exist: nobody has an account yet")
    user = records.user(name)
    if user is None:
        names = ", ".join(f"{user.name} ({user.role})" for user in records.users)
        raise NotFoundError(f"there is no account {name}: there are {names}")
    return user.name


def _asked(name: str) -> str:
    """Ask for the new password.

    Raises:
        InvalidValueError: It is too short or too long, or was typed in two ways.
    """
    if not sys.stdin.isatty():
        password = sys.stdin.readline().rstrip("\n")
        check(password)
        return password
    password = getpass.getpass(f"New password for {name}: ")
    check(password)
    if getpass.getpass("Once more: ") != password:
        raise InvalidValueError("the two are not the same: nothing was changed")
    return password


if __name__ == "__main__":
    sys.exit(main())
