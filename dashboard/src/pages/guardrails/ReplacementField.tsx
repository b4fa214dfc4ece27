import { Code, TextInput } from '@mantine/core';

interface ReplacementFieldProps {
  value: string;
  onChange: (value: string) => void;
}

/** What a match becomes. */
export function ReplacementField({ value, onChange }: ReplacementFieldProps) {
  return (
    <TextInput
      label="Replacement"
      description={
        <>
          <Code>$1</Code> is what the first group matched, <Code>{'${name}'}</Code> a named group, <Code>$$</Code> a
          dollar. Empty: the match is left out.
        </>
      }
      placeholder="[REDACTED]"
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      autoComplete="off"
      spellCheck={false}
      styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
    />
  );
}
