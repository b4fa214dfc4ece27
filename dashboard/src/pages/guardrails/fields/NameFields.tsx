import { Group, Select, TextInput } from '@mantine/core';
import { severities } from '@/lib/rules';
import type { PartProps } from './part';

/** What the rule is called, and how bad it is when it finds something. */
export function NameFields({ rule, set, faultOf }: PartProps) {
  return (
    <Group align="flex-start" gap="md">
      <TextInput
        label="Name"
        description="Told to whoever's call it refuses"
        placeholder="Customer numbers"
        value={rule.name}
        onChange={(event) => set({ name: event.currentTarget.value })}
        error={faultOf('name')}
        maxLength={200}
        autoComplete="off"
        style={{ flex: 2, minWidth: 200 }}
      />
      <Select
        label="Severity"
        description="The higher one wins an overlap"
        data={severities.map((severity) => ({ value: severity, label: severity }))}
        value={rule.severity}
        onChange={(severity) => severity && set({ severity })}
        allowDeselect={false}
        style={{ flex: 1, minWidth: 140 }}
      />
    </Group>
  );
}
