/** A point of the drawing, in pixels. */
type Point = readonly [x: number, y: number];

const round = (value: number) => Math.round(value * 100) / 100;

/** Where the values stand in a box: the highest at its top, zero at its bottom, half a stroke away from the edges. */
export function points(values: readonly number[], width: number, height: number, inset: number): Point[] {
  const highest = Math.max(...values, 0);
  const step = values.length > 1 ? (width - 2 * inset) / (values.length - 1) : 0;
  const scale = highest > 0 ? (height - 2 * inset) / highest : 0;
  return values.map((value, index) => [
    round(inset + index * step),
    round(height - inset - Math.max(0, value) * scale),
  ]);
}

/** The line through the values as an SVG path; empty without values. */
export const linePath = (drawn: readonly Point[]): string =>
  drawn.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${x} ${y}`).join('');

/** The area between that line and the bottom; empty without values. */
export function areaPath(drawn: readonly Point[], height: number): string {
  const first = drawn[0];
  const last = drawn.at(-1);
  return first && last ? `${linePath(drawn)}L${last[0]} ${height}L${first[0]} ${height}Z` : '';
}
