import { PasswordInput, Button, Group, Select, Stack, TagsInput, Text } from '@mantine/core';
import { useState } from 'react';
import type { RuleFields } from '@/lib/rules';
import { monospace, type PartProps } from './part';

type Allow = RuleFields['allow'];

const targets: { value: Allow['target']; label: string }[] = [
  { value: 'secret', label: 'the secret' },
  { value: 'match', label: 'the whole match' },
  { value: 'line', label: 'the line it stands in' },
];

/** What passes although the pattern matches it. */
export function AllowFields({ rule, set, faultOf }: PartProps) {
  const [value, setValue] = useState('');
  const { allow } = rule;
  const change = (some: Partial<Allow>) => set({ allow: { ...allow, ...some } });
  const permit = () => {
    if (value !== '') change({ values: [...allow.values, value] });
    setValue('');
  };
  return (
    <Stack>
      <TagsInput
        label="Allowed patterns"
        description="RE2; a match in which one of them matches passes."
        value={allow.regexes}
        onChange={(regexes) => change({ regexes })}
        error={faultOf('allow')}
        splitChars={[]}
        clearable
        styles={monospace}
      />
      <TagsInput
        label="Stop words"
        description="A match that holds one of them, in any case, passes."
        placeholder={allow.stopwords.length === 0 ? 'example' : undefined}
        value={allow.stopwords}
        onChange={(stopwords) => change({ stopwords })}
        clearable
      />
      <Select
        label="Both are looked for in"
        data={targets}
        value={allow.target}
        onChange={(target) => target && change({ target })}
        allowDeselect={false}
      />
      <Group align="flex-end" gap="sm">
        <PasswordInput
          label="Allowed value"
          description="A secret that may pass. Only its fingerprint, a keyed hash, is stored."
          value={value}
          onChange={(event) => setValue(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter') return;
            event.preventDefault();
            permit();
          }}
          autoComplete="off"
          style={{ flex: 1, minWidth: 200 }}
        />
        <Button variant="default" onClick={permit} disabled={value === ''}>
          Allow it
        </Button>
      </Group>
      {allow.values.length > 0 && (
        <Group gap="xs">
          <Text size="sm">
            {allow.values.length} {allow.values.length === 1 ? 'value is' : 'values are'} added when the rule is saved.
          </Text>
          <Button variant="subtle" size="compact-xs" onClick={() => change({ values: [] })}>
            Forget
          </Button>
        </Group>
      )}
      {allow.hashes.length > 0 && (
        <TagsInput
          label="Fingerprints of allowed values"
          value={allow.hashes}
          onChange={(hashes) => change({ hashes })}
          clearable
          styles={monospace}
        />
      )}
    </Stack>
  );
}
