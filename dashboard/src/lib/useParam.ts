import { useCallback } from 'react';
import { useSearchParams } from 'react-router';

/** One of some choices, kept in the page's address; the first of them when none is named there. */
export function useParam<Choice extends string>(name: string, choices: readonly [Choice, ...Choice[]]) {
  const [query, setQuery] = useSearchParams();
  const asked = query.get(name);
  const choice = choices.find((one) => one === asked) ?? choices[0];
  const choose = useCallback(
    (wanted: string) =>
      setQuery(
        (before) => {
          const after = new URLSearchParams(before);
          if (wanted === choices[0]) after.delete(name);
          else after.set(name, wanted);
          return after;
        },
        { preventScrollReset: true },
      ),
    [setQuery, name, choices],
  );
  return [choice, choose] as const;
}
