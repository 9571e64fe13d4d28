"""The difference: on the left everybody moves one slider, on the right everybody has their own."""

from dash import dcc, html

from dash_devices import ConnectionBadge, Dash, Input, Output


def controls(name, title, note):
    return html.Section(className="card", children=[
        html.Div([html.H2(title), html.P(note, className="quiet")]),
        html.Label(["Level", dcc.Slider(
            0, 100, 1, value=20, id=f"{name}-slider", updatemode="drag",
            marks={0: "0", 50: "50", 100: "100"})]),
        html.Label(["Name", dcc.Input(value="", id=f"{name}-name", placeholder="no name yet")]),
        html.P(id=f"{name}-text", className="large"),
    ])  # fmt: skip


def say(level, name):
    return f"{name or 'Nobody'} is at {level}"


def make() -> Dash:
    app = Dash(__name__, title="Shared and own")
    app.layout = html.Main(id="page", children=[
        html.Header([html.H1("Shared and own"), ConnectionBadge("connection"),
                     html.P("Open this page twice, side by side, and move the sliders.")]),
        html.Div(className="columns", children=[
            controls("shared", "Everybody's", "callback_shared: one value, in every browser"),
            controls("own", "Only yours", "callback: one value for each browser"),
        ]),
    ])  # fmt: skip

    app.callback_shared(
        Output("shared-text", "children"),
        Input("shared-slider", "value"), Input("shared-name", "value"),
    )(say)  # fmt: skip
    app.callback(
        Output("own-text", "children"), Input("own-slider", "value"), Input("own-name", "value")
    )(say)
    return app


if __name__ == "__main__":
    make().run(port=8050)
