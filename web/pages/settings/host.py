"""The cards of the machine itself on the Settings page: network, name, time zone.

They are filled when the page is opened, each browser's own, and say what came of each wish beside
it. Callbacks run on the web loop; the gate of callbacks lets admins alone in.
"""

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from dash.exceptions import PreventUpdate

from dash_devices import Dash, Input, Output, State, ctx, no_update
from vizy.errors import InterruptsError, VizyError
from web.host.host import Host
from web.host.names import HostnameView, TimeZoneView
from web.host.network import Interface, NetworkView, Wifi
from web.pages.settings.form import ORDER

_CLOCK = {
    True: "A time server sets the clock.",
    False: "No time server was reached yet.",
    None: "Of dates and daily time-lapses.",
}
SECTIONS = (("network", "Network"), ("clock", "Name and clock"))


def host_cards() -> list[Any]:
    """Return the cards, to be filled."""
    return [
        html.Section(
            [html.H2(title, id=f"{anchor}-title"), html.Div(id=f"host-{anchor}")],
            id=anchor,
            className="vz-card",
            **{"aria-labelledby": f"{anchor}-title"},
        )
        for anchor, title in SECTIONS
    ]


class HostCallbacks:
    """What people do on these cards.

    Args:
        host: The machine.
    """

    def __init__(self, host: Host) -> None:
        self._host = host

    def register(self, app: Dash) -> None:
        """Register them."""
        app.callback(
            Output("host-network", "children"),
            Output("host-clock", "children"),
            Input("host-network", "id"),
        )(self.fill)
        app.callback(
            Output("host-network", "children", allow_duplicate=True),
            Input("wifi-again", "n_clicks"),
            prevent_initial_call=True,
        )(self.look_again)
        app.callback(
            Output("host-network", "children", allow_duplicate=True),
            Output("wifi-said", "children"),
            Output("wifi-anyway", "hidden"),
            Input("wifi-join", "n_clicks"),
            Input("wifi-anyway", "n_clicks"),
            State("wifi-name", "value"),
            State("wifi-password", "value"),
            prevent_initial_call=True,
        )(self.join)
        app.callback(
            Output("hostname-said", "children"),
            Input("hostname-save", "n_clicks"),
            State("hostname", "value"),
            prevent_initial_call=True,
        )(self.rename)
        app.callback(
            Output("timezone-said", "children"),
            Input("timezone-save", "n_clicks"),
            State("timezone", "value"),
            prevent_initial_call=True,
        )(self.set_timezone)

    async def fill(self, _: Any) -> Any:
        """Ask the machine how it is."""
        name, zone = await self._host.hostname(), await self._host.timezone()
        return network_card(await self._host.network()), clock_card(name, zone)

    async def look_again(self, clicks: Any) -> Any:
        """Show the networks that are seen now."""
        if not clicks:
            raise PreventUpdate
        return network_card(await self._host.network())

    async def join(self, clicks: Any, anyway: Any, name: Any, password: Any) -> Any:
        """Join a Wi-Fi network; return what came of it and whether it may be asked for anyway."""
        if not clicks and not anyway:
            raise PreventUpdate
        confirmed = ctx.triggered_id == "wifi-anyway"
        try:
            view = await self._host.join(
                str(name or ""), str(password or ""), asked_at=None, confirmed=confirmed
            )
        except InterruptsError as error:
            return no_update, str(error), False
        except VizyError as error:
            return no_update, str(error), True
        return network_card(view, f"Joined {name}."), no_update, no_update

    async def rename(self, clicks: Any, name: Any) -> str:
        """Give the machine another name."""
        if not clicks:
            raise PreventUpdate
        try:
            view = await self._host.set_hostname(str(name or ""))
        except VizyError as error:
            return str(error)
        return f"From now on it is at {view.name}.local."

    async def set_timezone(self, clicks: Any, zone: Any) -> str:
        """Set the time zone."""
        if not clicks:
            raise PreventUpdate
        try:
            view = await self._host.set_timezone(str(zone or ""))
        except VizyError as error:
            return str(error)
        return f"The clock is that of {view.zone}."


def network_card(view: NetworkView, said: str = "") -> Any:
    """Return what is connected, and the way into another Wi-Fi; ``said`` is what came of it."""
    rows = [
        html.Tr(
            [
                html.Th(each.name, scope="row"),
                html.Td(_network(each)),
                html.Td(", ".join(each.addresses)),
            ]
        )
        for each in view.interfaces
    ]
    head = html.Tr([html.Th(text, scope="col") for text in ("Interface", "Network", "Address")])
    parts: list[Any] = [
        html.Table([html.Thead(head), html.Tbody(rows)], className="vz-table")
        if rows
        else html.P("No interface has an address.", className="vz-hint")
    ]
    if not view.can_change:
        return [*parts, html.P(_why("The network", view.reason), className="vz-hint vz-why-not")]
    return [*parts, *_wifi(view.wifi, said)]


def _network(each: Interface) -> str:
    if each.access_point:
        return f"is the access point {each.access_point}: no network was found"
    return each.network or ("connected" if each.connected else "not connected")


def clock_card(name: HostnameView, zone: TimeZoneView) -> Any:
    """Return the fields of the machine's name and time zone."""
    return html.Div(
        [
            _field(
                dmc.TextInput(
                    id="hostname",
                    label="Name in the network",
                    description=f"Browsers find it at {name.name}.local.",
                    value=name.name,
                    disabled=not name.can_change,
                    inputWrapperOrder=ORDER,
                ),
                "hostname",
                "" if name.can_change else _why("The name", name.reason),
                can_change=name.can_change,
            ),
            _field(
                dmc.Select(
                    id="timezone",
                    label="Time zone",
                    description=_CLOCK[zone.synchronised],
                    data=list(zone.zones),
                    value=zone.zone,
                    searchable=True,
                    limit=100,
                    allowDeselect=False,
                    disabled=not zone.can_change,
                    inputWrapperOrder=ORDER,
                ),
                "timezone",
                "" if zone.can_change else _why("The time zone", zone.reason),
                can_change=zone.can_change,
            ),
        ],
        className="vz-fields",
    )


def _wifi(seen: tuple[Wifi, ...], said: str) -> list[Any]:
    if not seen:
        return [html.P("No Wi-Fi is seen.", className="vz-hint"), _again()]
    choices = [
        {
            "value": each.name,
            "label": f"{each.name}, {each.signal} %"
            + ("" if each.secured else ", open")
            + (", joined" if each.joined else ""),
        }
        for each in seen
    ]
    return [
        html.Div(
            [
                dmc.Select(
                    id="wifi-name",
                    label="Wi-Fi",
                    data=choices,
                    value=seen[0].name,
                    allowDeselect=False,
                ),
                dmc.PasswordInput(id="wifi-password", label="Password", value=""),
            ],
            className="vz-fields vz-join",
        ),
        html.Div(
            [
                html.Button("Join", id="wifi-join", type="button", className="vz-button"),
                html.Button(
                    "Join anyway",
                    id="wifi-anyway",
                    type="button",
                    hidden=True,
                    className="vz-button",
                ),
                _again(),
            ],
            className="vz-actions",
        ),
        dcc.Loading(html.P(said, id="wifi-said", role="status", className="vz-said"), type="dot"),
    ]


def _again() -> Any:
    return html.Button("Look again", id="wifi-again", type="button", className="vz-button")


def _field(field: Any, name: str, why: str, *, can_change: bool) -> Any:
    button = html.Button(
        "Change",
        id=f"{name}-save",
        type="button",
        hidden=not can_change,
        className="vz-button",
    )
    return html.Div(
        [
            field,
            html.Div([button], className="vz-actions"),
            html.P(why, id=f"{name}-said", role="status", className="vz-said"),
        ],
        className="vz-setting",
    )


def _why(what: str, reason: str) -> str:
    return f"{what} cannot be changed here: {reason}."
