/** How a figure differs from the one of the period before: short for the eye, whole for the ear. */
export interface Change {
  text: string;
  spoken: string;
}

const UNCHANGED: Change = { text: '± 0 %', spoken: 'unchanged' };

const arrow = (difference: number, amount: string, spoken = amount): Change => ({
  text: `${difference > 0 ? '↑' : '↓'} ${amount}`,
  spoken: `${difference > 0 ? 'up' : 'down'} ${spoken}`,
});

/** 120 after 100 → "↑ 20 %"; null where one of them is missing or both are nothing. */
export function change(now: number | null | undefined, before: number | null | undefined): Change | null {
  if (now == null || before == null || (now === 0 && before === 0)) return null;
  if (before === 0) return { text: '↑ from 0', spoken: 'up from none' };
  const ratio = now / before;
  if (Math.abs(ratio - 1) < 0.005) return UNCHANGED;
  if (ratio >= 10) return arrow(1, `× ${ratio.toFixed(0)}`, `${ratio.toFixed(0)} times`);
  return arrow(ratio - 1, `${(Math.abs(ratio - 1) * 100).toFixed(0)} %`);
}

/** The difference of two shares, in points: 3 % after 1 % → "↑ 2.0 points"; null where there was nothing to share. */
export function pointChange(part: number, all: number, partBefore: number, allBefore: number): Change | null {
  if (all === 0 || allBefore === 0) return null;
  const points = (part / all - partBefore / allBefore) * 100;
  if (Math.abs(points) < 0.05) return part === 0 ? null : { ...UNCHANGED, text: '± 0 points' };
  return arrow(points, `${Math.abs(points).toFixed(1)} points`);
}

/** The period of the same length that ended when this one began. */
export function periodBefore(range: { start: string; end: string }): { start: string; end: string } {
  const start = Date.parse(range.start);
  return { start: new Date(2 * start - Date.parse(range.end)).toISOString(), end: new Date(start).toISOString() };
}
