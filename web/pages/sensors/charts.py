"""`figure` and `summary`: the chart of one group of sensors, and the same in a sentence.

Plain dicts as plotly's script takes them; plotly's own Python is not used. Colours of text, grid
and limit come from `assets/sensors.css`, so that a chart follows the theme without being drawn
anew; the lines have colours that can be seen on both grounds.
"""

from collections.abc import Mapping
from typing import Any

from vizy.sensors import HistorySeries, SensorHistory, SensorReading
from web.pages.sensors.groups import Group
from web.pages.sensors.readings import number

SPANS = {"5min": 300.0, "1h": 3600.0, "24h": 86_400.0}
POINTS = 288
LINES = ("#5f6be6", "#1f9d76", "#c2770a", "#9a5fd0", "#3182bd", "#b0568f")

_BAND = "rgba(95, 107, 230, 0.22)"
_CLEAR = "rgba(0, 0, 0, 0)"
_WORDS = {"5min": "the last 5 minutes", "1h": "the last hour", "24h": "the last 24 hours"}


def figure(
    group: Group,
    history: SensorHistory,
    sensors: Mapping[str, SensorReading],
    *,
    span_s: float,
    ahead_s: float,
    now_s: float,
    tick_s: float,
) -> dict[str, Any]:
    """Return the chart.

    Args:
        group: Whose chart.
        history: What was said in that time.
        sensors: What they say now; labels and limits come from here.
        span_s: How long a time the chart shows.
        ahead_s: How far the device's time zone is ahead of UTC: the axis shows the device's time.
        now_s: The time, seconds since 1970.
        tick_s: How often values come; the chart grows no faster, nor than its points are wide.
    """
    times = _times(history, ahead_s)
    traces: list[dict[str, Any]] = []
    for index, name in enumerate(group.charted):
        label = sensors[name].label if name in sensors else name
        series = history.series.get(name)
        low, high = (series.low, series.high) if series else ((None,) * len(times),) * 2
        if index == 0:
            traces += [_edge(times, low, None), _edge(times, high, "tonexty")]
        traces.append(_line(times, _middle(low, high), label, LINES[index], group.unit, index))
    limit = _limit(group, sensors)
    return {
        "data": traces,
        "layout": _layout(group.unit, limit)
        | {
            "meta": {
                "names": group.charted,
                "step_ms": 1000 * max(tick_s, history.step_s if span_s > SPANS["5min"] else 0),
                "span_ms": 1000 * span_s,
                "now_ms": round(1000 * (now_s + ahead_s)),
            }
        },
    }


def summary(group: Group, history: SensorHistory, span: str) -> str:
    """Say in a sentence what the chart shows of its main sensor."""
    series = history.series.get(group.charted[0])
    reach = _reach(series) if series else None
    if reach is None:
        return f"Nothing was measured in {_WORDS[span]}."
    low, high = (" ".join(number(value, group.unit)).strip() for value in reach)
    if low == high:
        return f"{low} in {_WORDS[span]}"
    return f"{low} to {high} in {_WORDS[span]}"


def empty_figure() -> dict[str, Any]:
    """Return a chart with nothing on it yet, of the same size."""
    return {"data": [], "layout": _layout("", None)}


def _reach(series: HistorySeries) -> tuple[float, float] | None:
    lows = [value for value in series.low if value is not None]
    highs = [value for value in series.high if value is not None]
    return (min(lows), max(highs)) if lows and highs else None


def _times(history: SensorHistory, ahead_s: float) -> list[int]:
    count = max((len(series.low) for series in history.series.values()), default=0)
    return [round(1000 * (history.start + n * history.step_s + ahead_s)) for n in range(count)]


def _middle(low: tuple[float | None, ...], high: tuple[float | None, ...]) -> list[float | None]:
    return [
        None if a is None or b is None else round((a + b) / 2, 4)
        for a, b in zip(low, high, strict=True)
    ]


def _edge(times: list[int], values: Any, fill: str | None) -> dict[str, Any]:
    """Return an edge of the band between lowest and highest."""
    edge: dict[str, Any] = {
        "type": "scatter",
        "mode": "lines",
        "x": times,
        "y": list(values),
        "line": {"width": 0, "color": _CLEAR},
        "hoverinfo": "skip",
    }
    return edge if fill is None else edge | {"fill": fill, "fillcolor": _BAND}


def _line(
    times: list[int], values: list[float | None], label: str, colour: str, unit: str, index: int
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": times,
        "y": values,
        "name": label,
        "line": {"width": 1.25 if index else 2, "color": colour},
        "hovertemplate": f"%{{y:.4~g}} {unit}<extra>{label}</extra>",
    }


def _limit(group: Group, sensors: Mapping[str, SensorReading]) -> float | None:
    limits = [sensors[name].limit for name in group.charted if name in sensors]
    return next((limit for limit in limits if limit is not None), None)


def _layout(unit: str, limit: float | None) -> dict[str, Any]:
    reach: dict[str, Any] = {"rangemode": "tozero"} if unit in ("", "rpm", "lx") else {}
    if unit == "%":
        reach = {"range": [0, 100]}
    elif limit is not None:
        reach["autorangeoptions"] = {"include": limit}
    axis: dict[str, Any] = {"fixedrange": True, "zeroline": False, "automargin": False}
    layout: dict[str, Any] = {
        "autosize": True,
        "margin": {"l": 40, "r": 4, "t": 8, "b": 24},
        "paper_bgcolor": _CLEAR,
        "plot_bgcolor": _CLEAR,
        "showlegend": False,
        "hovermode": "x",
        "dragmode": False,
        "font": {"family": "system-ui, sans-serif", "size": 11},
        "xaxis": axis | {"type": "date", "showgrid": False, "nticks": 5, "tickformat": "%H:%M"},
        "yaxis": axis | {"nticks": 4} | reach,
    }
    if limit is not None:
        text = " ".join(number(limit, unit)).strip()
        place = {"xref": "paper", "yref": "y"}
        layout["shapes"] = [
            place
            | {"type": "line", "x0": 0, "x1": 1, "y0": limit, "y1": limit}
            | {"line": {"width": 1, "dash": "dash"}}
        ]
        layout["annotations"] = [
            place
            | {"x": 1, "y": limit, "xanchor": "right", "yanchor": "bottom", "showarrow": False}
            | {"text": f"warns at {text}"}
        ]
    return layout
