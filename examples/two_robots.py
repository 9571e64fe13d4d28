"""Two robots, and many browsers that each drive one of them.

`callback_s2`: each browser has its own view and sees what its own calls return; the robot's calls
run one at a time, in order of arrival, whoever makes them. `domain` says which robot a call is for,
so the left one never waits for the right one.
"""

import time

from dash import html

from dash_devices import Client, ConnectionBadge, Dash, Input, Output, PreventUpdate, ctx

STEP_TAKES_S = 0.3
LAST_PLACE = 10


class Robot:
    """One call at a time: it would break if two drove it at once."""

    def __init__(self, name: str) -> None:
        self.name, self.place, self.is_moving = name, LAST_PLACE // 2, False

    def move(self, by: int) -> None:
        assert not self.is_moving
        self.is_moving = True
        time.sleep(STEP_TAKES_S)
        self.place = max(0, min(LAST_PLACE, self.place + by))
        self.is_moving = False


def marker(place: int) -> dict:
    """Where on the track, with half a robot's width to spare at either end."""
    return {"left": f"calc(28px + (100% - 56px) * {place / LAST_PLACE})"}


def make() -> Dash:
    app = Dash(__name__, title="Two robots")
    robots = {name: Robot(name) for name in ("left", "right")}
    app.layout = html.Main(id="page", children=[
        html.Header([html.H1("Two robots"), ConnectionBadge("connection"),
                     html.P("Choose one and drive it. Others may drive the same one.")]),
        html.Section(id="choice", className="card", children=[
            html.H2("Which one?"),
            html.Div(className="row", children=[
                html.Button("The left robot", id="left", className="main"),
                html.Button("The right robot", id="right", className="main")]),
        ]),
        html.Section(id="cockpit", className="card", hidden=True, children=[
            html.Div(className="row", children=[
                html.H2(id="name"), html.Button("Leave it", id="leave", className="end")]),
            html.Div(html.Div(id="marker", className="robot"), className="track"),
            html.P(id="seen"),
            html.Div(className="row", children=[
                html.Button("← Back", id="back"), html.Button("Forward →", id="forward"),
                html.Button("Look", id="look", className="end")]),
            html.P("If somebody else moves it, you see that when you look or drive.",
                   className="quiet"),
        ]),
    ])  # fmt: skip

    def robot_of(client: Client) -> Robot | None:
        # An attribute of our own is kept while a page is away, but not by a server that restarts.
        return getattr(client, "robot", None)

    def seen(robot: Robot):
        return marker(robot.place), f"At {robot.place} of {LAST_PLACE}"

    @app.callback(
        Output("choice", "hidden"), Output("cockpit", "hidden"), Output("name", "children"),
        Output("marker", "style"), Output("seen", "children"),
        Input("left", "n_clicks"), Input("right", "n_clicks"), Input("leave", "n_clicks"),
        prevent_initial_call=True,
    )  # fmt: skip
    async def choose(*_):
        client, chosen = ctx.client, ctx.triggered_id
        client.robot = robots.get(chosen)
        if client.robot is None:
            return False, True, "", {}, ""
        return True, False, f"The {chosen} robot", *seen(client.robot)

    @app.callback_connect
    def greet(client: Client, connected: bool):
        if robot_of(client) is None:
            return {"choice": {"hidden": False}, "cockpit": {"hidden": True}}
        return None

    @app.callback_s2(
        Output("marker", "style", allow_duplicate=True),
        Output("seen", "children", allow_duplicate=True),
        Input("back", "n_clicks"), Input("forward", "n_clicks"), Input("look", "n_clicks"),
        domain=lambda client: robot.name if (robot := robot_of(client)) else "none",
        prevent_initial_call=True,
    )  # fmt: skip
    def drive(*_):
        if (robot := robot_of(ctx.client)) is None:
            raise PreventUpdate
        by = {"back": -1, "forward": 1}.get(ctx.triggered_id)
        if by:
            robot.move(by)
        return seen(robot)

    return app


if __name__ == "__main__":
    make().run(port=8050)
