"""``python -m web``: the web process, configured by the environment alone."""

import os
import sys

import uvloop

from vizy.errors import VizyError
from vizy.log import configure_logging
from vizy.process import die_with_parent
from vizy.settings import load_settings, unknown_variables
from web.server import serve


def main() -> int:
    """Serve; return the exit code, 2 for settings that cannot work."""
    die_with_parent()
    logger = configure_logging("vizy.web")
    for text in unknown_variables(os.environ):
        logger.warning("%s", text)
    try:
        uvloop.run(serve(load_settings({}, os.environ)))
    except VizyError as error:
        sys.stderr.write(f"vizy web: {error}\n")
        return 2
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
