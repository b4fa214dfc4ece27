/** What a search answers: some records, and where to go on. */
export interface Searched {
  records: readonly unknown[];
  next_cursor: string | null;
  searched_to: string | null;
}

/**
 * How a search stands after some pages: at its `end`; with `more` to be had; or cut `short`, for the gateway looks at
 * a bounded number of events at a time, so a page may hold fewer than asked for, even none, before the end.
 */
export type Standing = { is: 'end' } | { is: 'more' } | { is: 'short'; to: string };

export function standing(pages: readonly Searched[], asked: number): Standing {
  const last = pages.at(-1);
  if (last?.next_cursor == null) return { is: 'end' };
  if (last.records.length < asked && last.searched_to !== null) return { is: 'short', to: last.searched_to };
  return { is: 'more' };
}
