import { html, useEffect, useMemo, useRef, useState } from "../preact.js";
import { clock, dayAndClock } from "../format.js";
import { colour, onThemeChange } from "../theme.js";

/**
 * @typedef {{ label: string, values: (number | null)[], colour: string, bars?: boolean }} Line `colour` names a
 *   custom property, such as "--accent"
 * @typedef {{ timeMs: number, value: number, href: string, title: string }} Dot a mark that is a link
 */

const DAY_MS = 86_400_000;
const AXIS_WIDTH = 62;

/**
 * A time chart. Dragging over it calls `onZoom`; charts with the same `sync` share their cursor.
 * @param {{ title: string, times: number[], lines: Line[], from: number, to: number, height?: number,
 *   format: (value: number | null | undefined) => string, dots?: Dot[], sync?: string,
 *   onZoom?: (from: number, to: number) => void }} props times in ms since the epoch, ascending
 */
export function Chart({ title, times, lines, from, to, height = 170, format, dots = [], sync, onZoom }) {
  const place = useRef(null);
  const plot = useRef(null);
  const [cursor, setCursor] = useState(null);
  const [area, setArea] = useState(null);
  const [themeTurn, setThemeTurn] = useState(0);
  const inForce = useRef({ format, onZoom, from, to, dots });
  inForce.current = { format, onZoom, from, to, dots };
  const data = useMemo(() => [times, ...lines.map((line) => line.values)], [times, lines]);
  const shape = lines.map((line) => `${line.label}|${line.colour}|${line.bars}`).join("\n");

  useEffect(() => onThemeChange(() => setThemeTurn((n) => n + 1)), []);

  useEffect(() => {
    const width = () => Math.max(place.current.clientWidth, 120);
    const chart = new window.uPlot(options({ lines, width: width(), height, sync, inForce, setCursor, setArea }), data, place.current);
    plot.current = chart;
    const resize = new ResizeObserver(() => chart.setSize({ width: width(), height }));
    resize.observe(place.current);
    return () => {
      resize.disconnect();
      chart.destroy();
      plot.current = null;
    };
  }, [shape, themeTurn, height, sync]);

  useEffect(() => {
    plot.current?.setData(data, false);
    plot.current?.setScale("x", { min: from, max: to });
  }, [data, from, to, shape, themeTurn]);

  return html`<figure class="chart">
    <figcaption>${title}</figcaption>
    <div class="chart-area">
      <div ref=${place} role="img" aria-label=${summary(title, lines, format)}></div>
      ${area && plot.current && html`<${Dots} dots=${dots} plot=${plot.current} area=${area} />`}
    </div>
    ${cursor && times[cursor.index] !== undefined && html`<${Tooltip} cursor=${cursor} time=${times[cursor.index]} lines=${lines} format=${format} />`}
  </figure>`;
}

/** Exemplars as real links, so that the keyboard reaches them. @param {{ dots: Dot[], plot: any, area: any }} props */
function Dots({ dots, plot, area }) {
  return dots.map((dot) => {
    const left = plot.valToPos(dot.timeMs, "x");
    const top = plot.valToPos(dot.value, "y");
    if (!(left >= 0 && left <= area.width)) return null;
    // A value above the scale sits at the upper edge.
    const y = Math.min(Math.max(top, 0), area.height);
    return html`<a key=${dot.href + dot.timeMs} class="chart-dot" href=${dot.href} title=${dot.title} aria-label=${dot.title} style=${{ left: `${area.left + left}px`, top: `${area.top + y}px` }}></a>`;
  });
}

/** @param {{ cursor: any, time: number, lines: Line[], format: (value: any) => string }} props */
function Tooltip({ cursor, time, lines, format }) {
  const side = cursor.left > cursor.width / 2 ? { right: `${cursor.width - cursor.left + 12}px` } : { left: `${cursor.left + AXIS_WIDTH + 12}px` };
  const shown = lines.filter((line) => line.values[cursor.index] !== null && line.values[cursor.index] !== undefined);
  return html`<div class="chart-tooltip" style=${{ left: "auto", right: "auto", ...side }}>
    <div class="quiet">${dayAndClock(time)}</div>
    ${shown.slice(0, 12).map((line) => html`<div key=${line.label}><span class="dot" style=${{ background: `var(${line.colour})` }}></span> ${line.label} <b>${format(line.values[cursor.index])}</b></div>`)}
    ${!shown.length && html`<div class="quiet">no data</div>`}
  </div>`;
}

/** @param {string} title @param {Line[]} lines @param {(value: any) => string} format */
function summary(title, lines, format) {
  const latest = lines.slice(0, 8).map((line) => `${line.label} ${format(line.values.findLast((value) => value !== null))}`);
  return `${title}, latest: ${latest.join(", ") || "no data"}`;
}

/** @param {any} settings @returns {object} options of uPlot */
function options({ lines, width, height, sync, inForce, setCursor, setArea }) {
  const text = colour("--text-quiet");
  const axis = { stroke: text, grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: "11px system-ui, sans-serif" };
  return {
    width,
    height,
    ms: 1,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: true, y: false, setScale: false }, ...(sync ? { sync: { key: sync } } : {}) },
    scales: {
      x: { time: true, range: () => [inForce.current.from, inForce.current.to] },
      y: { range: (_chart, min, max) => heightOf(min ?? 0, max ?? 0, inForce.current.dots) },
    },
    axes: [
      { ...axis, size: 26, space: 70, values: (_chart, splits, _axis, _space, step) => splits.map((time) => tick(time, step)) },
      { ...axis, size: AXIS_WIDTH, space: 34, values: (_chart, splits) => splits.map((value) => inForce.current.format(value)) },
    ],
    series: [{}, ...lines.map((line) => series(line))],
    hooks: {
      setCursor: [(chart) => setCursor(chart.cursor.idx === null || chart.cursor.left < 0 ? null : { index: chart.cursor.idx, left: chart.cursor.left, width: chart.over.clientWidth })],
      setSelect: [
        (chart) => {
          const { left, width: selected } = chart.select;
          if (selected < 8) return;
          inForce.current.onZoom?.(chart.posToVal(left, "x"), chart.posToVal(left + selected, "x"));
          chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
      draw: [(chart) => setArea(areaOf(chart))],
    },
  };
}

/**
 * The vertical scale: from zero, with room above; dots widen it to twice the lines, one outlier must not flatten them.
 * @param {number} min @param {number} max @param {Dot[]} dots
 */
function heightOf(min, max, dots) {
  const highestDot = Math.max(0, ...dots.map((dot) => dot.value));
  const highest = Math.max(max, Math.min(max * 2, highestDot));
  return [Math.min(min, 0) * 1.12, highest > 0 ? highest * 1.12 : 1];
}

/** @param {any} chart @returns {{ left: number, top: number, width: number, height: number }} where lines are drawn */
function areaOf(chart) {
  const inner = chart.over.getBoundingClientRect();
  const outer = chart.root.parentElement.getBoundingClientRect();
  return { left: inner.left - outer.left, top: inner.top - outer.top, width: inner.width, height: inner.height };
}

/** @param {Line} line */
function series(line) {
  const stroke = colour(line.colour);
  const drawn = { label: line.label, stroke, width: 1.75, spanGaps: true };
  if (!line.bars) return { ...drawn, points: { size: 5 } };
  return { ...drawn, width: 0, fill: stroke, paths: window.uPlot.paths.bars({ size: [0.72, 14], gap: 1 }), points: { show: false } };
}

/** @param {number} time @param {number} step ms between ticks */
function tick(time, step) {
  if (step >= DAY_MS) return dayAndClock(time).replace(/ [^ ]*$/, "");
  return step < 60_000 ? clock(time) : clock(time).slice(0, 5);
}
