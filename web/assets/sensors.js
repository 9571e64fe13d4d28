/* The Sensors page: writes the numbers and lets the charts grow; it asks the server for nothing. */
(function () {
    'use strict';

    const no_update = () => window.dash_clientside.no_update;
    const [VALUE, NUMBER, UNIT, WHY] = [0, 1, 2, 3]; // as web/pages/sensors/readings.py sends them

    function numbers(now, ids) {
        const told = (now && now.sensors) || {};
        return [NUMBER, UNIT, WHY].map((part) =>
            ids.map(({sensor}) => told[sensor] ? told[sensor][part] : no_update()));
    }

    // ---------------------------------------------------------------- charts

    const charts = new Map(); // title -> {made, base, since, seen}: since when nothing was added

    // A chart as it was drawn last: its clock runs on from the device's own time.
    function chartOf(title, meta) {
        let chart = charts.get(title);
        if (!chart || chart.made !== meta.now_ms) {
            const base = meta.now_ms - performance.now();
            chart = {made: meta.now_ms, base, since: meta.now_ms, seen: meta.names.map(() => [])};
            charts.set(title, chart);
        }
        return chart;
    }

    // Lowest, highest and the middle of the first sensor; of the others the middle.
    function points(seen) {
        const ys = [];
        seen.forEach((values, index) => {
            const [low, high] = values.length ?
                [Math.min(...values), Math.max(...values)] : [null, null];
            if (index === 0) {
                ys.push([low], [high]);
            }
            ys.push([low === null ? null : (low + high) / 2]);
        });
        return ys;
    }

    // How many points stay: those of the time that the chart shows.
    function kept(id, from) {
        const text = JSON.stringify(id, Object.keys(id).sort());
        const frame = document.getElementById(text);
        const plot = frame && frame.querySelector('.js-plotly-plot');
        const x = plot && plot.data && plot.data.length ? plot.data[0].x : [];
        return x.filter((time) => time >= from).length;
    }

    function grown(now, id, figure) {
        const meta = figure && figure.layout && figure.layout.meta;
        if (!meta) {
            return no_update();
        }
        const chart = chartOf(id.chart, meta);
        const time = Math.round(chart.base + performance.now());
        meta.names.forEach((name, index) => {
            const value = now.sensors[name] ? now.sensors[name][VALUE] : null;
            if (value !== null) {
                chart.seen[index].push(value);
            }
        });
        if (time - chart.since < meta.step_ms - 500) { // a timer may be a little early
            return no_update();
        }
        const ys = points(chart.seen);
        chart.since = time;
        chart.seen = meta.names.map(() => []);
        const most = kept(id, time - meta.span_ms) + 1;
        return [{x: ys.map(() => [time]), y: ys}, ys.map((_, index) => index), most];
    }

    function extend(_, now, ids, figures) {
        if (!now || now.away) {
            return ids.map(no_update);
        }
        return ids.map((id, index) => grown(now, id, figures[index]));
    }

    window.dash_clientside = window.dash_clientside || {};
    window.dash_clientside.sensors = {numbers, extend};

    // ---------------------------------------------------------------- after a gap

    // A page that slept or was cut off has a hole in its charts: it asks for them anew.
    const HOLE_MS = 30000;
    let hidden = 0;
    let wasLost = false;
    function again() {
        if (document.getElementById('sensor-cards')) {
            window.dash_clientside.set_props('sensor-again', {data: Date.now()});
        }
    }
    document.addEventListener('visibilitychange', () => {
        if (document.hidden) {
            hidden = Date.now();
        } else if (Date.now() - hidden > HOLE_MS) {
            again();
        }
    });
    window.addEventListener('dash-devices:connection', ({detail}) => {
        if (detail.state === 'connected' && wasLost) {
            again();
        }
        wasLost = detail.state !== 'connected';
    });

    // ---------------------------------------------------------------- CSV

    // The time that the charts show, up to now.
    const SPANS_S = {'5min': 300, '1h': 3600, '24h': 86400};
    document.addEventListener('click', (event) => {
        const link = event.target.closest('#sensor-csv');
        if (link) {
            const chosen = document.querySelector('#sensor-range input:checked');
            const span = SPANS_S[chosen ? chosen.value : '24h'];
            const end = Date.now() / 1000;
            link.href = '/api/v1/sensors/history?format=csv&max_points=2880' +
                `&start=${end - span}&end=${end}`;
        }
    }, true);
})();
