/* Draws each figure from the rows of the table under it; the table stays one press away. Without this script the tables are all there is. */
(() => {
  const NAME = "plot";
  const $$ = (s, r = document) => [...r.querySelectorAll(s)];
  const colour = name => `var(--${name})`;
  const SERIES = { met: "c-met", missed: "c-miss", reached: "c-met", other: "c-run", due: "c-a" };

  /* The table as rows: words, whether it is muted, and a cell for each column. */
  const read = table => {
    const keys = $$("thead th[data-key]", table).map(th => ({ key: th.dataset.key, words: th.textContent }));
    return $$("tbody tr", table).map(tr => ({
      words: tr.querySelector("th").textContent, muted: "muted" in tr.dataset,
      cells: Object.fromEntries($$("td", tr).map((td, at) => [keys[at].key, {
        value: td.dataset.v === "" ? null : Number(td.dataset.v), words: td.textContent.trim(), raw: td.dataset.v,
        href: td.querySelector("a")?.getAttribute("href") ?? null
      }]))
    }));
  };
  const long = (rows, keys) => rows.flatMap(row => keys.map(key => ({ ...row.cells[key], key, line: row.words, muted: row.muted })));
  const total = (row, keys) => keys.reduce((sum, key) => sum + (row.cells[key].value ?? 0), 0);
  const width = figure => Math.max(300, Math.round(figure.getBoundingClientRect().width));
  const paint = key => key === "running" ? "url(#hatch-run)" : colour(SERIES[key] ?? "c-a");
  const said = d => `${d.line}: ${d.words}`;
  const grid = () => Plot.gridY({ stroke: colour("line"), strokeOpacity: 1, ticks: 4 });
  const ink = { fill: colour("ink"), fontWeight: 600, fontSize: 11 };
  const few = (rows, most) => rows.filter((_row, at) => rows.length <= most || (rows.length - 1 - at) % Math.ceil(rows.length / most) === 0).map(row => row.words);

  const stacked = (rows, keys, w, label) => {
    const domain = rows.map(row => row.words), narrow = w / rows.length < 42;
    return Plot.plot({
      className: NAME, width: w, height: 240, marginLeft: 34, marginTop: 24, marginBottom: 24,
      x: { domain, label: null, padding: .38, tickSize: 0, ticks: few(rows, Math.floor(w / 52)) }, y: { label: null, ticks: 4, tickSize: 0 },
      marks: [
        grid(),
        Plot.barY(long(rows, keys).filter(d => d.value), Plot.stackY({
          x: "line", y: "value", order: keys, fill: d => paint(d.key), href: "href", insetTop: 1, insetBottom: 1, rx: 1.5, ariaLabel: said, title: d => `${said(d)} ${d.key}`
        })),
        narrow ? null : Plot.text(rows.filter(row => total(row, keys)), { x: "words", y: row => total(row, keys), text: row => label(row), dy: -9, ...ink }),
        Plot.ruleY([0], { stroke: colour("control") })
      ]
    });
  };

  const bars = (rows, key, w, options = {}) => {
    const most = Math.max(1, ...rows.map(row => row.cells[key].value ?? 0), options.mark ?? 0);
    const left = Math.min(w * .4, 24 + 6.4 * Math.max(...rows.map(row => Math.min(28, row.words.length))));
    return Plot.plot({
      className: NAME, width: w, height: 26 + rows.length * 27 + (options.mark ? 18 : 0), marginLeft: left, marginRight: options.right ?? 60, marginTop: 6, marginBottom: options.mark ? 22 : 6,
      x: { domain: [0, most], axis: null }, y: { domain: rows.map(row => row.words), label: null, tickSize: 0, padding: .38, tickFormat: words => words.length > 28 ? `${words.slice(0, 27)}…` : words },
      marks: [
        options.mark ? Plot.ruleX([options.mark], { stroke: colour("ink-3"), strokeDasharray: "3 3" }) : null,
        options.mark ? Plot.text([options.mark], { x: d => d, text: d => `${d} days`, frameAnchor: "bottom", dy: 14, ...ink }) : null,
        Plot.barX(rows.filter(row => row.cells[key].value), { x: row => row.cells[key].value, y: "words", fill: options.fill, href: row => row.cells[key].href, rx: 2, ariaLabel: row => `${row.words}: ${row.cells[key].words}` }),
        Plot.text(rows, { x: row => row.cells[key].value ?? 0, y: "words", text: options.text ?? (row => row.cells[key].words), textAnchor: "start", dx: 7, ...ink }),
        options.aside ? Plot.text(rows, { y: "words", frameAnchor: "right", dx: (options.right ?? 60) - 6, textAnchor: "end", text: options.aside, fill: colour("ink-3"), fontSize: 11 }) : null
      ]
    });
  };

  const DRAW = {
    weeks: (rows, w) => stacked(rows, ["met", "missed", "running"], w, row => row.cells.share.words === "–" ? "" : row.cells.share.words + (row.muted ? " so far" : "")),
    reach: (rows, w) => stacked(rows, ["reached", "other"], w, row => row.cells.share.words),
    forecast: (rows, w) => Plot.plot({
        className: NAME, width: w, height: 220, marginLeft: 34, marginTop: 22, marginBottom: 24,
        x: { domain: rows.map(row => row.words), label: null, padding: .38, tickSize: 0, ticks: few(rows, Math.floor(w / 64)) }, y: { label: null, ticks: 4, tickSize: 0 },
        marks: [
          grid(),
          Plot.barY(rows.filter(row => row.cells.due.value), { x: "words", y: row => row.cells.due.value, fill: row => colour(row.muted ? "c-miss" : "c-a"), href: row => row.cells.due.href, rx: 1.5, ariaLabel: row => `${row.words}: ${row.cells.due.words} due` }),
          Plot.text(rows, { x: "words", y: row => row.cells.due.value, text: row => row.cells.due.words, dy: -9, ...ink }),
          Plot.ruleY([rows[0].cells.pace.value], { stroke: colour("ink-3"), strokeDasharray: "3 3" }),
          Plot.ruleY([0], { stroke: colour("control") })
        ]
      }),
    waits: (rows, w) => {
      const lines = [["median", "c-a", "median"], ["slow", "amber-fill", "90th"]];
      const points = lines.flatMap(([key, ink, word]) => rows.filter(row => row.cells[key].value !== null).map(row => ({ ...row.cells[key], line: row.words, key, ink, word })));
      const last = lines.map(([key]) => points.filter(d => d.key === key).at(-1)).filter(Boolean);
      return Plot.plot({
        className: NAME, width: w, height: 240, marginLeft: 34, marginRight: 76, marginTop: 14, marginBottom: 24,
        x: { type: "point", domain: rows.map(row => row.words), label: null, tickSize: 0, ticks: few(rows, 4) }, y: { label: null, ticks: 4, tickSize: 0, zero: true },
        marks: [
          grid(),
          Plot.lineY(points, { x: "line", y: "value", z: "key", stroke: d => colour(d.ink), strokeWidth: 2 }),
          Plot.dot(points, { x: "line", y: "value", r: 3.5, fill: d => colour(d.ink), href: "href", ariaLabel: d => `${said(d)}, ${d.word}`, title: d => `${said(d)}, ${d.word}` }),
          last.map(d => Plot.text([d], { x: "line", y: "value", text: d => `${d.word} ${d.words}`, textAnchor: "start", dx: 8, dy: d.key === "median" ? 7 : -7, ...ink })),
          Plot.ruleY([0], { stroke: colour("control") })
        ]
      });
    },
    ages: (rows, w) => {
      const keys = ["0-2", "3-7", "8-30", "31-"], shades = { "0-2": "h2", "3-7": "h3", "8-30": "h4", "31-": "h5" };
      return Plot.plot({
        className: NAME, width: w, height: 24 + rows.length * 26, marginLeft: 124, marginRight: 44, marginTop: 4, marginBottom: 4,
        x: { axis: null }, y: { domain: rows.map(row => row.words), label: null, tickSize: 0, padding: .36 },
        marks: [
          Plot.barX(long(rows, keys).filter(d => d.value), Plot.stackX({ y: "line", x: "value", order: keys, fill: d => colour(shades[d.key]), stroke: colour("h4"), href: "href", insetLeft: .5, insetRight: .5, rx: 1.5, ariaLabel: d => `${said(d)}, ${d.key} days` })),
          Plot.text(rows, { y: "words", x: row => total(row, keys), text: row => row.cells[""].words, textAnchor: "start", dx: 8, ...ink })
        ]
      });
    },
    deferrals: (rows, w) => bars(rows, "days", w, { mark: 30, right: 150, fill: row => colour(row.cells.days.value > 30 ? "c-miss" : "violet"), text: row => `${row.cells.days.words} ${row.cells.days.value === 1 ? "day" : "days"} · ${row.cells.port.raw ? "port " : ""}${row.cells.port.words.replace(/ \d{4}$/, "")}` }),
    pareto: (rows, w) => bars(rows, "n", w, { right: 96, fill: row => colour(row.muted ? "ink-3" : "c-a"), aside: row => row.cells.share.words })
  };

  const shown = [];
  const draw = ({ figure, rows, kind }) => {
    const chart = DRAW[kind](rows, width(figure));
    chart.setAttribute("role", "img");
    chart.setAttribute("aria-label", figure.dataset.title);
    figure.replaceChildren(chart);
  };
  $$("figure[data-chart]").forEach(figure => {
    const box = figure.parentElement.querySelector(".tbox"), foot = figure.parentElement.querySelector(".ft"), kind = figure.dataset.chart;
    const one = { figure, kind, rows: read(box.querySelector("table")) };
    figure.hidden = false;
    draw(one);
    shown.push(one);
    const button = document.createElement("button");
    button.type = "button"; button.className = "lnk"; button.textContent = "Show table";
    button.setAttribute("aria-controls", box.id);
    const turn = open => { box.hidden = !open; button.setAttribute("aria-expanded", String(open)); button.textContent = open ? "Hide table" : "Show table"; };
    button.addEventListener("click", () => turn(box.hidden));
    turn(false);
    foot.prepend(button);
  });
  let waiting = 0;
  addEventListener("resize", () => { cancelAnimationFrame(waiting); waiting = requestAnimationFrame(() => shown.forEach(draw)); });
})();
