import { Checkbox } from '@mantine/core';
import type { PartProps } from './fields/part';

/** What becomes of a refused secret that a chat goes on to carry in its history. */
export function HistoryField({ rule, set }: PartProps) {
  return (
    <Checkbox
      label="Redact it in earlier turns"
      description="Clients send the whole chat again. Without this, one refused message refuses its chat for ever."
      checked={rule.history === 'redact'}
      onChange={(event) => set({ history: event.currentTarget.checked ? 'redact' : 'same' })}
    />
  );
}
