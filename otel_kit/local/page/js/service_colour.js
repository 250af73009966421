/** How many service colours the style sheet has: --service-0 and so on. */
const COLOURS = 10;
/** @type {Map<string, number>} */
const taken = new Map();

/**
 * A service keeps its colour on all screens. Two services get the same one only when there are more than colours.
 * @param {string} service
 * @returns {string} a CSS value
 */
export function serviceColour(service) {
  let index = taken.get(service);
  if (index === undefined) {
    index = taken.size < COLOURS ? firstFree(hash(service) % COLOURS) : hash(service) % COLOURS;
    taken.set(service, index);
  }
  return `var(--service-${index})`;
}

/** @param {number} index */
function firstFree(index) {
  const used = new Set(taken.values());
  while (used.has(index)) index = (index + 1) % COLOURS;
  return index;
}

/** @param {string} text FNV-1a, 32 bit */
function hash(text) {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
