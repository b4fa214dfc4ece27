import { Group, NumberInput, Stack, TagsInput, TextInput } from '@mantine/core';
import { groupOf, validators } from '@/lib/rules';
import { monospace, type PartProps } from './part';

/** What in a match is the secret, what it must be besides, and which words must stand near it. */
export function SecretFields({ rule, set, faultOf }: PartProps) {
  const near = rule.near ?? { pattern: '', before: 100, after: 0 };
  const setNear = (change: Partial<typeof near>) => {
    const next = { ...near, ...change };
    set({ near: next.pattern === '' ? null : next });
  };
  return (
    <Stack>
      <TextInput
        label="Secret group"
        description="The group of the pattern, by number or name, that is replaced and checked. 0 is the whole match."
        value={String(rule.secret_group)}
        onChange={(event) => set({ secret_group: groupOf(event.currentTarget.value.trim()) })}
        error={faultOf('secret_group')}
        autoComplete="off"
        styles={monospace}
      />
      <TagsInput
        label="Validators"
        description="What the secret must be besides matching: a check sum, randomness, a length, no placeholder."
        placeholder={rule.validators.length === 0 ? 'entropy>=3.5' : undefined}
        data={validators}
        value={rule.validators}
        onChange={(chosen) => set({ validators: chosen })}
        error={faultOf('validators')}
        clearable
      />
      <TextInput
        label="Words nearby"
        description="A pattern that must match near it, or the match does not count. Empty: none."
        placeholder="(?i)card|visa"
        value={near.pattern}
        onChange={(event) => setNear({ pattern: event.currentTarget.value })}
        error={faultOf('near')}
        autoComplete="off"
        spellCheck={false}
        styles={monospace}
      />
      {near.pattern !== '' && (
        <Group grow align="flex-start">
          <NumberInput
            label="Characters before"
            min={0}
            max={10_000}
            value={near.before}
            onChange={(value) => setNear({ before: Number(value) || 0 })}
          />
          <NumberInput
            label="Characters after"
            min={0}
            max={10_000}
            value={near.after}
            onChange={(value) => setNear({ after: Number(value) || 0 })}
          />
        </Group>
      )}
    </Stack>
  );
}
