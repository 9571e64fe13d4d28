"""Dash for devices: many browsers, one state, changes in order, pushes from the device."""

from dash import ALL, ALLSMALLER, MATCH, ClientsideFunction, Patch, no_update, set_props
from dash.exceptions import PreventUpdate

from dash_devices.app import Dash
from dash_devices.badge import ConnectionBadge
from dash_devices.clients import Client
from dash_devices.context import callback_context
from dash_devices.dependencies import Input, Output, State
from dash_devices.errors import (
    DashDevicesError,
    PushError,
    QueueFullError,
    RegistrationError,
    RequestError,
)

ctx = callback_context

__all__ = [
    "ALL",
    "ALLSMALLER",
    "MATCH",
    "Client",
    "ClientsideFunction",
    "ConnectionBadge",
    "Dash",
    "DashDevicesError",
    "Input",
    "Output",
    "Patch",
    "PreventUpdate",
    "PushError",
    "QueueFullError",
    "RegistrationError",
    "RequestError",
    "State",
    "callback_context",
    "ctx",
    "no_update",
    "set_props",
]
