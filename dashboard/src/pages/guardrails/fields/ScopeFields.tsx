import { MultiSelect, Stack, TagsInput, Title } from '@mantine/core';
import { useKeys, useProviders } from '@/api/queries';
import { endpoints } from '@/lib/ruleExamples';
import type { Audience } from '@/lib/rules';
import type { PartProps } from './part';

interface AudienceFieldsProps {
  of: string;
  value: Audience;
  onChange: (value: Audience) => void;
}

function AudienceFields({ of, value, onChange }: AudienceFieldsProps) {
  const keys = useKeys();
  const providers = useProviders();
  const named = (things: { id: string; name: string }[] | undefined, chosen: string[]) => {
    const known = (things ?? []).map(({ id, name }) => ({ value: id, label: name }));
    const ids = new Set(known.map((each) => each.value));
    return [...known, ...chosen.filter((id) => !ids.has(id)).map((id) => ({ value: id, label: id }))];
  };
  const set = (change: Partial<Audience>) => onChange({ ...value, ...change });
  return (
    <Stack gap="sm">
      <MultiSelect
        label={`${of} keys`}
        data={named(keys.data, value.keys)}
        value={value.keys}
        onChange={(chosen) => set({ keys: chosen })}
        searchable
        clearable
      />
      <MultiSelect
        label={`${of} providers`}
        data={named(providers.data, value.providers)}
        value={value.providers}
        onChange={(chosen) => set({ providers: chosen })}
        searchable
        clearable
      />
      <TagsInput
        label={`${of} models`}
        description="As the client names them; * stands for anything"
        placeholder={value.models.length === 0 ? 'gpt-*' : undefined}
        value={value.models}
        onChange={(chosen) => set({ models: chosen })}
        clearable
      />
      <MultiSelect
        label={`${of} endpoints`}
        data={endpoints.map((name) => ({ value: name, label: `/v1/${name}` }))}
        value={value.endpoints}
        onChange={(chosen) => set({ endpoints: chosen })}
        clearable
      />
    </Stack>
  );
}

/** The calls that the rule is for. */
export function ScopeFields({ rule, set }: PartProps) {
  const { scope } = rule;
  return (
    <Stack gap="lg">
      <div>
        <Title order={4} size="sm" mb="xs">
          Only for these; an empty list is everybody
        </Title>
        <AudienceFields of="Only" value={scope.only} onChange={(only) => set({ scope: { ...scope, only } })} />
      </div>
      <div>
        <Title order={4} size="sm" mb="xs">
          Not for these
        </Title>
        <AudienceFields of="Except" value={scope.exempt} onChange={(exempt) => set({ scope: { ...scope, exempt } })} />
      </div>
    </Stack>
  );
}
