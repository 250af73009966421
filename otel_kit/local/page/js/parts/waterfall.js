import { html, useEffect, useLayoutEffect, useRef, useState } from "../preact.js";
import { duration } from "../format.js";
import { descendants } from "../trace_model.js";
import { serviceColour } from "../service_colour.js";
import { Text } from "./text.js";

/** Row heights in px, as in trace.css; rows are placed by number, so that only those in sight are in the DOM. */
const ROW_WIDE = 28;
const ROW_NARROW = 46;
const SPARE_ROWS = 10;
const INDENT_PX = 14;
const INDENT_MAX = 12;
const NARROW = matchMedia("(max-width: 700px)");

/**
 * The spans as a tree with a bar for the time of each.
 * @param {{ spans: any[], rows: number[], from: number, length: number, selected: number, found: Set<number>,
 *   folded: Set<string>, onSelect: (index: number) => void, onFold: (id: string, fold: boolean) => void }} props
 *   `rows`: indices of the spans to show; `from` and `length`: the time that the width stands for, ms
 */
export function Waterfall({ spans, rows, from, length, selected, found, folded, onSelect, onFold }) {
  const box = useRef(null);
  const [view, setView] = useState({ top: 0, height: 600 });
  const [narrow, setNarrow] = useState(NARROW.matches);
  const rowHeight = narrow ? ROW_NARROW : ROW_WIDE;

  useEffect(() => {
    const follow = () => setNarrow(NARROW.matches);
    NARROW.addEventListener("change", follow);
    const resize = new ResizeObserver(() => setView((old) => ({ ...old, height: box.current.clientHeight })));
    resize.observe(box.current);
    return () => {
      NARROW.removeEventListener("change", follow);
      resize.disconnect();
    };
  }, []);

  const at = rows.indexOf(selected);
  useLayoutEffect(() => {
    if (at < 0) return;
    const top = at * rowHeight;
    const { scrollTop, clientHeight } = box.current;
    if (top < scrollTop) box.current.scrollTop = top - rowHeight;
    else if (top + rowHeight > scrollTop + clientHeight) box.current.scrollTop = top - clientHeight + 2 * rowHeight;
  }, [selected, at >= 0, rowHeight]);

  const first = Math.max(0, Math.floor(view.top / rowHeight) - SPARE_ROWS);
  const last = Math.min(rows.length, Math.ceil((view.top + view.height) / rowHeight) + SPARE_ROWS);
  const inSight = rows.slice(first, last);
  /** @param {number} index @param {boolean} fold */
  const foldRow = (index, fold) => index >= 0 && onFold(spans[index].span_id, fold);
  const keys = {
    ArrowDown: () => onSelect(rows[Math.min(at + 1, rows.length - 1)]),
    ArrowUp: () => onSelect(rows[Math.max(at - 1, 0)]),
    Home: () => onSelect(rows[0]),
    End: () => onSelect(rows[rows.length - 1]),
    ArrowLeft: () => foldRow(selected, true),
    ArrowRight: () => foldRow(selected, false),
  };
  const onKeyDown = (event) => {
    const act = Object.hasOwn(keys, event.key) ? keys[event.key] : null;
    if (!act) return;
    event.preventDefault();
    act();
  };
  return html`<div class="waterfall">
    <${Ruler} length=${length} />
    <div
      class="waterfall-rows"
      ref=${box}
      role="tree"
      aria-label="Spans"
      tabindex="0"
      data-testid="waterfall"
      aria-activedescendant=${inSight.includes(selected) ? `span-${spans[selected].span_id}` : undefined}
      onKeyDown=${onKeyDown}
      onScroll=${(event) => setView({ top: event.target.scrollTop, height: event.target.clientHeight })}
    >
      <div class="waterfall-all" style=${{ height: `${rows.length * rowHeight}px` }}>
        ${inSight.map((index, i) => {
          const span = spans[index];
          const below = descendants(spans, index);
          return html`<div
            key=${span.span_id}
            id="span-${span.span_id}"
            class="span-row ${index === selected ? "is-selected" : ""} ${span.status.code === "error" ? "has-error" : ""} ${found.has(index) ? "is-found" : ""}"
            role="treeitem"
            aria-level=${span.depth + 1}
            aria-selected=${index === selected ? "true" : "false"}
            aria-expanded=${below ? String(!folded.has(span.span_id)) : undefined}
            aria-label=${label(span)}
            style=${{ top: `${(first + i) * rowHeight}px` }}
            onClick=${() => onSelect(index)}
          >
            <div class="span-name" style=${{ paddingLeft: `${Math.min(span.depth, INDENT_MAX) * INDENT_PX}px` }}>
              <${Fold} below=${below} folded=${folded.has(span.span_id)} onFold=${(fold) => onFold(span.span_id, fold)} />
              <span class="span-service-mark" style=${{ background: serviceColour(span.service) }}></span>
              ${span.status.code === "error" && html`<span class="error-mark" title="error">!</span>`}
              <span class="span-title"><${Text} value=${span.name} /></span>
              <span class="span-service quiet"><${Text} value=${span.service} /></span>
            </div>
            <${Bar} span=${span} from=${from} length=${length} />
            <span class="span-duration">${duration(span.duration_ms)}</span>
          </div>`;
        })}
      </div>
    </div>
  </div>`;
}

/** @param {{ below: number, folded: boolean, onFold: (fold: boolean) => void }} props */
function Fold({ below, folded, onFold }) {
  if (!below) return html`<span class="fold"></span>`;
  const flip = (event) => {
    event.stopPropagation();
    onFold(!folded);
  };
  return html`<button type="button" class="fold" tabindex="-1" aria-hidden="true" title="${below} below" onClick=${flip}>${folded ? "▸" : "▾"}</button>`;
}

/** @param {{ span: any, from: number, length: number }} props */
function Bar({ span, from, length }) {
  const left = ((span.start_ms - from) / length) * 100;
  const right = left + (span.duration_ms / length) * 100;
  const shownLeft = Math.min(Math.max(left, 0), 100);
  const shownRight = Math.min(Math.max(right, 0), 100);
  return html`<div class="span-lane">
    ${right >= 0 && left <= 100 && html`<div class="span-bar ${span.status.code === "error" ? "has-error" : ""}" style=${{ left: `${shownLeft}%`, width: `${Math.max(shownRight - shownLeft, 0.2)}%`, background: serviceColour(span.service) }}></div>`}
    ${span.events.map((event, i) => html`<span key=${i} class="span-event" title=${event.name} style=${{ left: `${((event.time_ms - from) / length) * 100}%` }}></span>`)}
  </div>`;
}

/** @param {{ length: number }} props */
function Ruler({ length }) {
  return html`<div class="ruler" aria-hidden="true">
    <div class="ruler-name">Span</div>
    <div class="ruler-lane">
      ${[0, 0.25, 0.5, 0.75, 1].map((part) => html`<span key=${part} class="ruler-tick" style=${{ left: `${part * 100}%` }}><span>${part ? duration(length * part) : "0"}</span></span>`)}
    </div>
  </div>`;
}

/** @param {any} span */
function label(span) {
  return `${span.name}, ${span.service}, ${duration(span.duration_ms)}${span.status.code === "error" ? ", error" : ""}`;
}
