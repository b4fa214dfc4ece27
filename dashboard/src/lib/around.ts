type Span = readonly number[];

/** The same ground as spans in order that do not touch: as many as a reader sees. */
export function joined(spans: readonly Span[]): [number, number][] {
  const out: [number, number][] = [];
  const sorted = spans.map(([start = 0, end = 0]): [number, number] => [start, end]).sort((a, b) => a[0] - b[0]);
  for (const [start, end] of sorted) {
    const last = out.at(-1);
    if (start >= end) continue;
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else out.push([start, end]);
  }
  return out;
}

export interface Excerpt {
  text: string;
  spans: [number, number][];
  /** How many findings of the whole text end before the excerpt. */
  skipped: number;
}

export interface Window {
  /** The most code points that are shown. */
  most: number;
  /** How many of them before the finding that is looked at. */
  before: number;
  /** The index of that finding. */
  at: number;
}

const GLANCE: Window = { most: 4000, before: 200, at: 0 };

/**
 * As much of a long text as can be read at a glance: it begins a little before one finding, the first if none is named.
 * `spans` are in order; offsets are code points. A text of at most `most` of them is shown whole.
 */
export function around(text: string, spans: readonly Span[], { most, before, at }: Window = GLANCE): Excerpt {
  const whole = spans.map(([start = 0, end = 0]): [number, number] => [start, end]);
  // A string has no more code points than UTF-16 units, so a short one need not be counted.
  if (text.length <= most) return { text, spans: whole, skipped: 0 };
  const points = Array.from(text);
  if (points.length <= most) return { text, spans: whole, skipped: 0 };
  const looked = whole[at]?.[0] ?? 0;
  const from = Math.max(0, Math.min(looked - before, points.length - most));
  const to = from + most;
  const head = from > 0 ? '… ' : '';
  const shift = head.length - from;
  return {
    text: `${head}${points.slice(from, to).join('')}${to < points.length ? ' …' : ''}`,
    spans: whole
      .filter(([start, end]) => start < to && end > from)
      .map(([start, end]) => [Math.max(start, from) + shift, Math.min(end, to) + shift]),
    skipped: whole.filter(([, end]) => end <= from).length,
  };
}
