import type { Bucket } from './range';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long a bucket is, in milliseconds. */
export const bucketMs: Record<Bucket, number> = { minute: MINUTE, hour: HOUR, day: DAY };

const SPANS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440, 2880, 7200, 10_080, 20_160, 43_200].map(
  (n) => n * MINUTE,
);

/** The shortest round span, in milliseconds, of which `most` cover `count` buckets. */
export function spanFor(bucket: Bucket, count: number, most: number): number {
  const least = bucketMs[bucket];
  return SPANS.find((span) => span >= least && (count * least) / span <= most) ?? Math.ceil(count / most) * least;
}

/** Days are those of UTC, in which the gateway counts them; shorter buckets are told in the reader's zone. */
const zone = (bucket: Bucket): 'UTC' | undefined => (bucket === 'day' ? 'UTC' : undefined);

const offsetMs = (at: number, bucket: Bucket): number =>
  bucket === 'day' ? 0 : new Date(at).getTimezoneOffset() * MINUTE;

const written = (at: number, bucket: Bucket, options: Intl.DateTimeFormatOptions): string =>
  new Intl.DateTimeFormat('en-GB', { ...options, timeZone: zone(bucket) }).format(at);

const dayOf = (at: number, bucket: Bucket): string => written(at, bucket, { day: 'numeric', month: 'short' });
const clockOf = (at: number, bucket: Bucket): string => written(at, bucket, { hour: '2-digit', minute: '2-digit' });

/** The starts at which an axis is labelled: where a round time of day begins, `most` of them or fewer. */
export function ticks(starts: readonly string[], bucket: Bucket, most = 7): string[] {
  const times = starts.map((start) => Date.parse(start));
  const first = times[0];
  const last = times.at(-1);
  if (first === undefined || last === undefined) return [];
  const span = spanFor(bucket, (last - first) / bucketMs[bucket] + 1, most);
  const slot = (at: number) => Math.floor((at - offsetMs(at, bucket)) / span);
  const isRound = (at: number) => (at - offsetMs(at, bucket)) % span === 0;
  return starts.filter((_, index) => {
    const at = times[index] ?? 0;
    const before = times[index - 1];
    return before === undefined ? isRound(at) : slot(at) !== slot(before);
  });
}

/** A label of the axis: "14:30", and the day where one begins. */
export function tickLabel(start: string, bucket: Bucket): string {
  const at = Date.parse(start);
  if (bucket === 'day') return dayOf(at, bucket);
  const clock = clockOf(at, bucket);
  return clock === '00:00' ? dayOf(at, bucket) : clock;
}

/** The whole of a bucket, or of several taken together: "Tue 24 Nov, 14:00 – 15:00". */
export function bucketTitle(start: string, bucket: Bucket, spanMs: number = bucketMs[bucket]): string {
  const at = Date.parse(start);
  const day = written(at, bucket, { weekday: 'short', day: 'numeric', month: 'short' }).replace(',', '');
  if (bucket === 'day') return spanMs > DAY ? `${day} – ${dayOf(at + spanMs - DAY, bucket)} (UTC)` : `${day} (UTC)`;
  if (spanMs === MINUTE) return `${day}, ${clockOf(at, bucket)}`;
  return `${day}, ${clockOf(at, bucket)} – ${clockOf(at + spanMs, bucket)}`;
}
