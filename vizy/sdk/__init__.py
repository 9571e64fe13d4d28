"""The SDK: ``from vizy import Vizy, AsyncVizy``. Nothing of it is loaded before it is used."""

from vizy.sdk.aio import AsyncVizy
from vizy.sdk.history import History
from vizy.sdk.picture import Picture
from vizy.sdk.sync import Vizy

__all__ = ["AsyncVizy", "History", "Picture", "Vizy"]
