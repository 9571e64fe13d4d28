"""Shared callbacks that follow from one another run on the server, in order, in one go.

Celsius gives Kelvin, and Kelvin gives a colour: one message from the browser, no round trip between
the two. The button adds a callback while the server runs; pages that are open get it at once.
"""

from dash import dcc, html

from dash_devices import ConnectionBadge, Dash, Input, Output

COLDEST_K, HOTTEST_K = 253.15, 373.15


def make() -> Dash:
    app = Dash(__name__, title="Chains")
    app.layout = html.Main(id="page", children=[
        html.Header([html.H1("Chains"), ConnectionBadge("connection"),
                     html.P("One shared slider; what follows from it is worked out in a row.")]),
        html.Section(className="card", children=[
            html.Label(["Temperature in °C", dcc.Slider(
                -20, 100, 1, value=20, id="celsius", updatemode="drag",
                marks={0: "0", 50: "50", 100: "100"})]),
            html.Div(className="columns", children=[
                html.Div([html.P("In kelvin", className="quiet"),
                          html.P(id="kelvin", className="large")]),
                html.Div([html.P("In Fahrenheit", className="quiet"),
                          html.P("not known yet", id="fahrenheit", className="large")]),
            ]),
            html.Div(id="colour", className="swatch", role="img"),
            html.Div(html.Button("Add Fahrenheit", id="add", className="main"), className="row"),
        ]),
    ])  # fmt: skip

    @app.callback_shared(Output("kelvin", "children"), Input("celsius", "value"))
    def to_kelvin(celsius):
        return round(celsius + 273.15, 2)

    @app.callback_shared(Output("colour", "style"), Input("kelvin", "children"))
    def to_colour(kelvin):
        warmth = (kelvin - COLDEST_K) / (HOTTEST_K - COLDEST_K)
        return {"backgroundColor": f"hsl({220 - 220 * warmth:.0f} 65% 52%)"}

    def to_fahrenheit(celsius):
        return f"{celsius * 9 / 5 + 32:.1f}"

    is_added = False

    @app.callback_shared(
        Output("add", "disabled"), Input("add", "n_clicks"), prevent_initial_call=True
    )
    def add(_):
        nonlocal is_added
        if not is_added:  # two may have clicked
            is_added = True
            app.callback_shared(Output("fahrenheit", "children"), Input("celsius", "value"))(
                to_fahrenheit
            )
        return True

    return app


if __name__ == "__main__":
    make().run(port=8050)
