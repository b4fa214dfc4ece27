export type Direction = 'ascending' | 'descending';

export interface Sorting<By extends string> {
  by: By;
  direction: Direction;
}

/** What a click on a heading asks for: first the most (of names, the first), then the other way round. */
export function toggled<By extends string>(now: Sorting<By>, by: By, first: Direction = 'descending'): Sorting<By> {
  if (now.by !== by) return { by, direction: first };
  return { by, direction: now.direction === 'descending' ? 'ascending' : 'descending' };
}

/** Sorted rows, as new; equal ones keep their order, and what has no value comes last either way. */
export function sorted<Row>(
  rows: readonly Row[],
  value: (row: Row) => string | number | null | undefined,
  direction: Direction,
): Row[] {
  const sign = direction === 'ascending' ? 1 : -1;
  return [...rows].sort((a, b) => {
    const left = value(a);
    const right = value(b);
    if (left == null || right == null) return Number(left == null) - Number(right == null);
    if (typeof left === 'string' || typeof right === 'string')
      return sign * String(left).localeCompare(String(right), 'en', { numeric: true, sensitivity: 'base' });
    return sign * (left - right);
  });
}
