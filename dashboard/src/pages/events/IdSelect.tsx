import { Select } from '@mantine/core';
import { useState } from 'react';

interface Choice {
  value: string;
  label: string;
}

interface IdSelectProps {
  label: string;
  /** What stands there when nothing is chosen. */
  any: string;
  value: string;
  onChange: (value: string) => void;
  /** What is known by name; undefined while loading. */
  known: readonly Choice[] | undefined;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** One of those that are known by name, or, pasted, the id of one that is gone: its events are still there. */
export function IdSelect({ label, any, value, onChange, known = [] }: IdSelectProps) {
  const [typed, setTyped] = useState('');
  const pasted = typed.trim().toLowerCase();
  const ids = new Set([value, ...(UUID.test(pasted) ? [pasted] : [])].filter((id) => id !== ''));
  const others = [...ids].filter((id) => !known.some((choice) => choice.value === id));
  return (
    <Select
      label={label}
      placeholder={`${any}, or paste an id`}
      data={[...known, ...others.map((id) => ({ value: id, label: id }))]}
      value={value === '' ? null : value}
      onChange={(id) => onChange(id ?? '')}
      onSearchChange={setTyped}
      searchable
      clearable
      limit={100}
      nothingFoundMessage="Nothing by this name"
    />
  );
}
