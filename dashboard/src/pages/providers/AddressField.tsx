import { Button, Code, Group, Stack, TextInput } from '@mantine/core';
import { examples } from '@/lib/providers';

interface AddressFieldProps {
  value: string;
  onChange: (value: string) => void;
  error: string | null;
}

/** The base URL, with the usual ones a click away. */
export function AddressField({ value, onChange, error }: AddressFieldProps) {
  return (
    <Stack gap={6}>
      <TextInput
        label="Base URL"
        description={
          <>
            Such as <Code>https://api.openai.com/v1</Code>, <Code>https://api.anthropic.com</Code>, the URL of an Azure
            resource, <Code>http://localhost:11434/v1</Code> for a local model, or <Code>sandbox:</Code> for the
            built-in offline model
          </>
        }
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        error={error}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        inputMode="url"
        required
      />
      <Group gap={6} role="group" aria-label="Usual base URLs">
        {examples.map(({ label, url }) => (
          <Button
            key={label}
            size="compact-xs"
            radius="xl"
            variant={value === url ? 'light' : 'default'}
            aria-pressed={value === url}
            onClick={() => onChange(url)}
          >
            {label}
          </Button>
        ))}
      </Group>
    </Stack>
  );
}
