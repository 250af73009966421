/** More buckets than this are not drawn one by one: an answer with a wrong bucket size must not freeze the tab. */
const BUCKETS_MAX = 2000;

/**
 * The answer leaves out buckets in which nothing happened; a chart needs them.
 * @param {{ bucket_ms: number, points: { t_ms: number }[] }} timeline
 * @param {number} from
 * @param {number} to ms since the epoch
 * @returns {{ times: number[], at: Map<number, any> }} every bucket from `from` to `to`, and the points by time
 */
export function bucketTimes(timeline, from, to) {
  const at = new Map(timeline.points.map((point) => [point.t_ms, point]));
  const step = timeline.bucket_ms;
  const phase = timeline.points.length ? timeline.points[0].t_ms % step : 0;
  const first = Math.ceil((from - phase) / step) * step + phase - step;
  const amount = Math.floor((to - first) / step) + 1;
  if (!(step > 0) || amount > BUCKETS_MAX) return { times: timeline.points.map((point) => point.t_ms), at };
  const times = Array.from({ length: Math.max(amount, 0) }, (_, i) => first + i * step);
  return { times, at };
}
