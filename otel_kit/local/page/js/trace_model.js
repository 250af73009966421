/** @typedef {any} Span as in the API's answer for one trace; spans come depth first, so a subtree is a run of deeper ones */

/**
 * @param {Span[]} spans
 * @param {Set<string>} folded ids of spans whose descendants are hidden
 * @returns {number[]} indices of the spans to show, in order
 */
export function visibleRows(spans, folded) {
  const rows = [];
  let hiddenBelow = Infinity;
  spans.forEach((span, index) => {
    if (span.depth > hiddenBelow) return;
    rows.push(index);
    hiddenBelow = folded.has(span.span_id) ? span.depth : Infinity;
  });
  return rows;
}

/** @param {Span[]} spans @param {number} index @returns {number} how many spans are below this one */
export function descendants(spans, index) {
  let end = index + 1;
  while (end < spans.length && spans[end].depth > spans[index].depth) end++;
  return end - index - 1;
}

/** @param {Span[]} spans @param {number} index @returns {string[]} ids of the spans above this one */
export function ancestors(spans, index) {
  const found = [];
  let depth = spans[index]?.depth ?? 0;
  for (let i = index - 1; i >= 0 && depth > 0; i--) {
    if (spans[i].depth < depth) {
      found.push(spans[i].span_id);
      depth = spans[i].depth;
    }
  }
  return found;
}

/** @param {Span[]} spans @returns {number[]} indices of the spans that failed */
export function errorRows(spans) {
  return spans.flatMap((span, index) => (span.status.code === "error" ? [index] : []));
}

const haystacks = new WeakMap();

/**
 * @param {Span[]} spans
 * @param {string} query any part of a name, service, id, status, attribute or event, in any case
 * @returns {number[]} indices of the spans that contain it; none for an empty query
 */
export function matchingRows(spans, query) {
  const needle = query.trim().toLowerCase();
  if (!needle) return [];
  return spans.flatMap((span, index) => (haystack(span).includes(needle) ? [index] : []));
}

/** @param {Span} span */
function haystack(span) {
  let text = haystacks.get(span);
  if (text === undefined) {
    const pairs = Object.entries(span.attributes).map(([key, value]) => `${key}=${typeof value === "object" ? JSON.stringify(value) : value}`);
    const events = span.events.length ? JSON.stringify(span.events) : "";
    text = [span.name, span.service, span.span_id, span.status.message ?? "", ...pairs, events].join("\n").toLowerCase();
    haystacks.set(span, text);
  }
  return text;
}

/**
 * @param {number[]} list ascending indices
 * @param {number} from an index, or -1 for none
 * @param {number} step 1 for the next one, -1 for the one before; goes round at the ends
 * @returns {number | null} null when the list is empty
 */
export function stepIn(list, from, step) {
  if (!list.length) return null;
  if (step > 0) return list.find((index) => index > from) ?? list[0];
  return list.findLast((index) => index < from) ?? list[list.length - 1];
}
