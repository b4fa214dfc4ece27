import { Button, Group, Pill } from '@mantine/core';
import { useGuardrails, useKeys, useProviders } from '@/api/queries';
import { type Choosable, type EventFilters, noFilters, wordFor } from '@/lib/eventFilters';
import { localTime } from '@/lib/format';

interface ActiveFiltersProps {
  filters: EventFilters;
  onChange: (members: Partial<EventFilters>) => void;
  onClear: () => void;
}

type Shown = [words: string, members: (keyof EventFilters)[]];

const chosen: [member: Choosable, word: string][] = [
  ['action', 'Outcome'],
  ['severity', 'Severity'],
  ['direction', 'Direction'],
  ['view', 'View'],
  ['field_class', 'Field'],
  ['mode', 'Mode'],
];

/** The filters in force, each with a way out of it. */
export function ActiveFilters({ filters, onChange, onClear }: ActiveFiltersProps) {
  const rule = useGuardrails().data?.find(({ id }) => id === filters.guardrail_id);
  const key = useKeys().data?.find(({ id }) => id === filters.api_key_id);
  const provider = useProviders().data?.find(({ id }) => id === filters.provider_id);
  const all: (Shown | false)[] = [
    filters.guardrail_id !== '' && [`Rule: ${rule?.name || rule?.pattern || filters.guardrail_id}`, ['guardrail_id']],
    filters.api_key_id !== '' && [`Key: ${key?.name ?? filters.api_key_id}`, ['api_key_id']],
    filters.provider_id !== '' && [`Provider: ${provider?.name ?? filters.provider_id}`, ['provider_id']],
    filters.rule_name !== '' && [`Rule called: ${filters.rule_name}`, ['rule_name']],
    ...chosen.map(([member, word]): Shown | false => {
      const value = filters[member];
      return value !== '' && [`${word}: ${wordFor(member, value)}`, [member]];
    }),
    filters.fingerprint !== '' && [`Secret: ${filters.fingerprint.slice(0, 12)}…`, ['fingerprint']],
    filters.client_hash !== '' && [`Client: ${filters.client_hash.slice(0, 12)}…`, ['client_hash']],
    filters.q !== '' && [`Search: ${filters.q}`, ['q']],
    filters.call_id !== '' && [`Call: ${filters.call_id}`, ['call_id']],
    filters.range !== '' && [`Last ${filters.range}`, ['range']],
    filters.start !== '' && [`${localTime(filters.start)} – ${localTime(filters.end)}`, ['start', 'end']],
  ];
  return (
    <Group gap="xs" role="group" aria-label="Active filters">
      {all
        .filter((shown) => shown !== false)
        .map(([words, members]) => (
          <Pill
            key={members[0]}
            withRemoveButton
            onRemove={() => onChange(Object.fromEntries(members.map((member) => [member, noFilters[member]])))}
            removeButtonProps={{ 'aria-label': `Remove the filter ${words}`, tabIndex: 0, 'aria-hidden': false }}
            maw={360}
          >
            {words}
          </Pill>
        ))}
      <Button size="compact-sm" variant="subtle" onClick={onClear}>
        Clear filters
      </Button>
    </Group>
  );
}
