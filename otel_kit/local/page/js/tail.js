import { useEffect, useRef, useState } from "./preact.js";
import { api } from "./api.js";

/** New lines reach the screen this often, however fast they come. */
const FLUSH_MS = 250;
/** The oldest lines leave the screen beyond this many. */
const LINES_MAX = 1000;

/**
 * Follow new log records as they arrive.
 * @param {import("./api.js").Params} wanted filters that the stream knows
 * @param {(log: any) => boolean} accepts the filters that it does not know
 * @param {{ on: boolean, held: boolean }} options `held`: gather lines without showing them
 * @returns {{ lines: any[], waiting: number, connected: boolean, turn: number }} lines newest first; `turn` grows with
 *   every connection, the lines between two connections have to be asked for
 */
export function useTail(wanted, accepts, { on, held }) {
  const [lines, setLines] = useState(/** @type {any[]} */ ([]));
  const [connected, setConnected] = useState(false);
  const [turn, setTurn] = useState(0);
  const [waiting, setWaiting] = useState(0);
  const buffer = useRef(/** @type {any[]} */ ([]));
  const latest = useRef({ accepts, held });
  latest.current = { accepts, held };
  const url = api.tailUrl(wanted);

  useEffect(() => {
    setLines([]);
    buffer.current = [];
    setWaiting(0);
    if (!on) return undefined;
    const source = new EventSource(url);
    source.onopen = () => {
      setConnected(true);
      setTurn((n) => n + 1);
    };
    source.onerror = () => setConnected(false);
    source.onmessage = (event) => {
      const log = JSON.parse(event.data);
      if (!latest.current.accepts(log)) return;
      buffer.current.push(log);
      if (buffer.current.length > LINES_MAX) buffer.current.shift();
    };
    const flush = setInterval(() => {
      setWaiting(latest.current.held ? buffer.current.length : 0);
      if (latest.current.held || !buffer.current.length) return;
      const fresh = buffer.current.reverse();
      buffer.current = [];
      setLines((old) => [...fresh, ...old].slice(0, LINES_MAX));
    }, FLUSH_MS);
    return () => {
      source.close();
      clearInterval(flush);
      setConnected(false);
    };
  }, [url, on]);

  return { lines, waiting, connected, turn };
}
