"""What goes wrong in a build, in words for who started it.

::

    BuildError            said as one line on the terminal, exit code 1
    ├── ProfileError      a profile is not as it must be: which file, which key, which value
    └── HostError         this machine lacks something: root, a program, room, a network address
"""


class BuildError(Exception):
    """A build cannot start or cannot go on; the text says what to do."""


class ProfileError(BuildError):
    """A profile says something that cannot be."""


class HostError(BuildError):
    """The machine that builds lacks what a build needs."""
