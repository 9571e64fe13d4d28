"""`Registrar`: takes the application's callbacks in, and refuses those that cannot work.

Each becomes a callback of stock Dash, so that everything Dash does with it keeps working; what is
ours besides goes to the part that serves it: shared, serialised, chained. Any thread, one at a
time.
"""

# pyright: reportPrivateUsage=false
# Stock Dash's private names; typings/dash lists them.

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import dash
from dash._grouping import flatten_grouping
from dash.dependencies import DashDependency, handle_grouped_callback_args

from dash_devices.alternate import with_alternate_outputs
from dash_devices.dependencies import Pattern
from dash_devices.errors import RegistrationError
from dash_devices.registry import SharedCallback
from dash_devices.services import Services
from dash_devices.turns import DomainOf, QueuedCallback

if TYPE_CHECKING:
    from dash_devices.app import Dash

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Plan:
    """How a callback is to be served."""

    service: Services
    domain: DomainOf = "device"
    coalesce: bool | None = None
    timeout_s: float = 30.0
    chain: bool = False


class Registrar:
    """The callbacks of one application as they are declared."""

    def __init__(self, app: "Dash") -> None:
        self._app = app
        self._none_outputs = 0
        self._listened: list[tuple[str, Pattern]] = []  # by callbacks that are not shared
        self._listened_of = -1  # of so many callbacks

    def decorator(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], plan: Plan
    ) -> Callable[[F], F]:
        """Return what registers a function; the arguments are those of `dash.Dash.callback`."""
        service = plan.service
        unknown = {"chain", "service"} & kwargs.keys()
        if unknown:
            raise RegistrationError(
                f"{', '.join(sorted(unknown))}= is an argument of app.callback only"
            )
        if args and args[0] is None:
            args = args[1:]
        kwargs = dict(kwargs)
        if kwargs.get("output", ...) is None:
            kwargs.pop("output")
        prevent = kwargs.get("prevent_initial_call")
        if prevent is None:
            prevent = self._app.config.prevent_initial_callbacks
        if Services.NO_CLIENT_INITIAL_CALLBACK in service:
            kwargs["prevent_initial_call"] = True
        outputs, inputs, state, _, _ = handle_grouped_callback_args(list(args), dict(kwargs))
        flat_outputs: list[DashDependency] = flatten_grouping(outputs)

        def decorate(function: F) -> F:
            name: str = getattr(function, "__qualname__", repr(function))
            self._refuse_unfit(name, inputs, flat_outputs, plan, kwargs)
            wrapped = with_alternate_outputs(function, has_output=bool(flat_outputs))
            dash.Dash.callback(self._app, *args, **kwargs)(wrapped)
            callback_id: str = self._app._callback_list[-1]["output"]
            if not flat_outputs:
                callback_id = self._rename(callback_id)
            queued: dict[str, Any] = {
                "id": callback_id,
                "name": name,
                "domain": plan.domain,
                "coalesce": service.coalesce if plan.coalesce is None else plan.coalesce,
                "timeout_s": plan.timeout_s,
            }
            if service.is_shared:
                shared = SharedCallback(
                    inputs=tuple(map(Pattern.of, inputs)),
                    state=tuple(map(Pattern.of, state)),
                    outputs=tuple(map(Pattern.of, flat_outputs)),
                    is_multi=not isinstance(outputs, dash.Output),
                    runs_at_start=Services.SERVER_INITIAL_CALLBACK in service
                    and prevent is not True,
                    **queued,
                )
                try:
                    self._app.engine.callbacks.register(shared)
                except RegistrationError:
                    self._app._callback_list.pop()
                    del self._app.callback_map[callback_id]
                    raise
                self._app.callback_added(shared)
                return function
            if service.is_serialised:
                self._app.serial.register(QueuedCallback(**queued))
            if plan.chain:
                self._app.chains.register(callback_id)
            self._app.callback_added()
            return function

        return decorate

    def _rename(self, callback_id: str) -> str:
        """Give a callback without outputs an id of its own.

        Dash makes the id of the inputs alone, and of two such callbacks on one button the second
        would silently replace the first.
        """
        self._none_outputs += 1
        unique = hashlib.sha256(f"{callback_id}/{self._none_outputs}".encode()).hexdigest()
        self._app.callback_map[unique] = self._app.callback_map.pop(callback_id)
        self._app._callback_list[-1]["output"] = unique
        return unique

    # -- what cannot work ------------------------------------------------------------------------

    def _refuse_unfit(
        self,
        name: str,
        inputs: list[Any],
        outputs: list[DashDependency],
        plan: Plan,
        kwargs: dict[str, Any],
    ) -> None:
        service = plan.service
        if service.is_shared and not isinstance(plan.domain, str):
            raise RegistrationError(
                f"{name}: a shared callback uses one device, the same for everybody; domain= may "
                "be a function with Services.S2"
            )
        if (service.is_shared or service.is_serialised) and kwargs.get("background"):
            raise RegistrationError(
                f"{name}: background=True cannot be shared or serialised: it runs in another "
                "process, and has no turn in a device's queue. Register it with app.callback"
            )
        if plan.chain and (service.is_shared or service.is_serialised):
            raise RegistrationError(
                f"{name}: chain=True is for regular callbacks; shared ones chain by themselves"
            )
        self._refuse_duplicates(name, outputs)
        if service.is_shared:
            for output in map(Pattern.of, outputs):
                self._refuse_mixed(name, output)
        else:
            for pattern in map(Pattern.of, inputs):
                for shared in self._app.engine.callbacks:
                    if any(pattern.overlaps(output) for output in shared.outputs):
                        raise _mixed(shared.name, pattern, name)

    def check_clientside(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Check a clientside callback before it is registered.

        Raises:
            RegistrationError: It sets what another callback sets.
        """
        outputs, *_ = handle_grouped_callback_args(list(args), dict(kwargs))
        self._refuse_duplicates("a clientside callback", flatten_grouping(outputs))

    def _refuse_duplicates(self, name: str, outputs: list[DashDependency]) -> None:
        """Dash would silently forget the first callback of two with the same outputs."""
        for output in outputs:
            pattern = Pattern.of(output)
            if output.allow_duplicate:
                continue
            for entry in self._app.callback_map.values():
                for other in flatten_grouping(entry["output"]):
                    if not other.allow_duplicate and pattern.overlaps(Pattern.of(other)):
                        raise RegistrationError(
                            f"{name}: {pattern} is an output of {_name_of(entry)} already; "
                            "two callbacks may share an output only with allow_duplicate=True"
                        )

    def _refuse_mixed(self, name: str, output: Pattern) -> None:
        for listener, pattern in self._regular_inputs():
            if output.overlaps(pattern):
                raise _mixed(name, pattern, listener)

    def check(self) -> None:
        """Check what was registered past us, with `dash.callback`, once all is known.

        Raises:
            RegistrationError: A shared callback feeds one that is not shared.
        """
        for shared in self._app.engine.callbacks:
            for output in shared.outputs:
                self._refuse_mixed(shared.name, output)

    def has_regular_listener(self, component_id: str | dict[str, Any], prop: str) -> bool:
        """Whether a server-side callback that is not shared listens to a property."""
        return any(
            pattern.prop == prop and pattern.matches(component_id)
            for _, pattern in self._regular_inputs()
        )

    def _regular_inputs(self) -> Iterator[tuple[str, Pattern]]:
        if self._listened_of != len(self._app.callback_map):
            self._listened_of = len(self._app.callback_map)
            self._listened = [
                (_name_of(entry), pattern)
                for callback_id, entry in self._app.callback_map.items()
                if "callback" in entry and callback_id not in self._app.engine.callbacks
                for pattern in map(Pattern.of, entry["raw_inputs"])
            ]
        yield from self._listened


def _mixed(shared: str, pattern: Pattern, regular: str) -> RegistrationError:
    return RegistrationError(
        f"the shared callback {shared} sets {pattern}, which {regular} listens to and is not "
        f"shared: what is the same for everybody cannot go on as each browser's own. Make "
        f"{regular} shared too, or a clientside callback"
    )


def _name_of(entry: dict[str, Any]) -> str:
    function = entry.get("callback")
    if function is None:
        return "a clientside callback"
    return getattr(function, "__qualname__", repr(function))
