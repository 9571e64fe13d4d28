"""Dash for devices: many browsers, one state, changes in order, pushes from the device."""

from dash_devices import compat as compat  # first: says so where Dash does not fit

# isort: split
from dash import ALL, ALLSMALLER, MATCH, ClientsideFunction, Patch, no_update, set_props
from dash.exceptions import PreventUpdate

from dash_devices.app import Dash
from dash_devices.badge import ConnectionBadge
from dash_devices.clients import Client
from dash_devices.context import callback_context
from dash_devices.dependencies import Input, Output, State
from dash_devices.errors import (
    DashDevicesError,
    ForbiddenError,
    PushError,
    QueueFullError,
    RegistrationError,
    RequestError,
)
from dash_devices.services import Services

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
    "ForbiddenError",
    "Input",
    "Output",
    "Patch",
    "PreventUpdate",
    "PushError",
    "QueueFullError",
    "RegistrationError",
    "RequestError",
    "Services",
    "State",
    "callback_context",
    "ctx",
    "no_update",
    "set_props",
]
