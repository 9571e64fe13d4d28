"""Byte-compiles trees, each file in a fork of its own; the device's Python runs it, by itself.

What is written for a constant depends on who else refers to it: on what the same process has
compiled before. In a fork of a process that has compiled nothing, a file is the same bytes
whenever it is compiled.

Usage: python each_alone.py WITHOUT FOLDER..., where WITHOUT is the start of each path that the
bytecode must not name.
"""

import os
import py_compile
import sys
from pathlib import Path


def main(without: str, *folders: str) -> int:
    """Compile; return 1 if a file could not be compiled."""
    files = sorted(file for folder in folders for file in Path(folder).rglob("*.py"))
    at_once = os.cpu_count() or 1
    running = failed = 0
    for file in files:
        if running == at_once:
            failed += os.wait()[1] != 0
            running -= 1
        if os.fork() == 0:
            os._exit(_compile(str(file), "/" + os.path.relpath(file, without)))
        running += 1
    for _ in range(running):
        failed += os.wait()[1] != 0
    return 1 if failed else 0


def _compile(file: str, named: str) -> int:
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    try:
        py_compile.compile(file, dfile=named, doraise=True, invalidation_mode=mode)
    except (py_compile.PyCompileError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        sys.stderr.flush()
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
