import { expect, it } from 'vitest';
import { type Searched, standing } from './searched';

const to = '2026-03-01T12:00:00Z';
const page = (count: number, next: string | null): Searched => ({
  records: Array.from({ length: count }),
  next_cursor: next,
  searched_to: to,
});

it.each([
  ['no page yet is the end', [], { is: 'end' }],
  ['no cursor is the end', [page(0, null)], { is: 'end' }],
  ['a full page without a cursor is the end', [page(2, null)], { is: 'end' }],
  ['a full page with a cursor has more', [page(2, 'a')], { is: 'more' }],
  ['a page that is not full but has a cursor was cut short', [page(1, 'a')], { is: 'short', to }],
  ['an empty page with a cursor was cut short', [page(0, 'a')], { is: 'short', to }],
  ['only the last page counts', [page(0, 'a'), page(2, 'b')], { is: 'more' }],
  ['a time that is not told cannot be shown', [{ ...page(0, 'a'), searched_to: null }], { is: 'more' }],
])('%s', (_, pages, expected) => {
  expect(standing(pages, 2)).toEqual(expected);
});
