"""An application with a background callback: ``-m tests.browser.background_app PORT FOLDER``.

A process of its own, because Dash's manager forks. The callback goes on when the folder holds a
file called ``go``.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import diskcache
from dash import DiskcacheManager, dcc, html

from dash_devices import Dash, Input, Output


def make(folder: Path) -> Dash:
    """Make the application; the manager keeps its jobs in the folder."""
    manager = DiskcacheManager(diskcache.Cache(str(folder / "cache")))
    app = Dash("background", background_callback_manager=manager)
    app.layout = html.Div(
        [
            html.Button("work", id="work"),
            html.Button("stop", id="stop", disabled=True),
            html.P(id="progress"),
            html.P(id="text"),
            dcc.Input(id="a", value="x"),
            html.P(id="a-is"),
        ],
        id="page",
    )
    app.callback_shared(Output("a-is", "children"), Input("a", "value"))(lambda v: f"a {v}")

    @app.callback(
        Output("text", "children"),
        Input("work", "n_clicks"),
        background=True,
        interval=50,
        running=[
            (Output("work", "disabled"), True, False),
            (Output("stop", "disabled"), False, True),
        ],
        progress=Output("progress", "children"),
        progress_default="no progress",
        cancel=Input("stop", "n_clicks"),
        prevent_initial_call=True,
    )
    def work(set_progress: Callable[[str], None], n: int) -> str:
        set_progress(f"working on {n}")
        while not (folder / "go").exists():
            time.sleep(0.02)
        return f"done {n}"

    return app


if __name__ == "__main__":
    make(Path(sys.argv[2])).run(port=int(sys.argv[1]))
