import { Select, SimpleGrid, TextInput } from '@mantine/core';
import { type ImportFormat, importFormats } from '@/lib/imports';
import { modes } from '@/lib/rules';
import type { Order } from '.';

interface ChoicesProps {
  order: Order;
  onChange: (changes: Partial<Order>) => void;
}

/** What the file is called, what its rules do, and how it is read. */
export function Choices({ order, onChange }: ChoicesProps) {
  return (
    <SimpleGrid cols={{ base: 1, sm: 3 }}>
      <TextInput
        label="Name of this import"
        description="The same name again renews its rules"
        value={order.name}
        onChange={(event) => onChange({ name: event.currentTarget.value })}
        maxLength={190}
        autoComplete="off"
        spellCheck={false}
      />
      <Select
        label="Mode of its rules"
        description="Rules of others only watch at first"
        data={[
          { value: '', label: 'As the file says, or Monitor' },
          ...modes.map(({ value, label }) => ({ value, label })),
        ]}
        value={order.mode ?? ''}
        onChange={(mode) => onChange({ mode: mode || null })}
        allowDeselect={false}
      />
      <Select
        label="Format"
        description="Told from the text, unless said here"
        data={[
          { value: '', label: 'Detect it' },
          ...Object.entries(importFormats).map(([value, label]) => ({ value, label })),
        ]}
        value={order.format ?? ''}
        onChange={(format) => onChange({ format: (format || null) as ImportFormat | null })}
        allowDeselect={false}
      />
    </SimpleGrid>
  );
}
