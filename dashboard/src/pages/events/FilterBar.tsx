import { Button, Card, Group, Select, SimpleGrid, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconAdjustmentsHorizontal } from '@tabler/icons-react';
import { useId } from 'react';
import { useGuardrails, useKeys, useProviders } from '@/api/queries';
import { RangePicker } from '@/components/RangePicker';
import { type Choosable, choices, type EventFilters, rangeOf } from '@/lib/eventFilters';
import { useMinute } from '@/lib/useMinute';
import { IdSelect } from './IdSelect';
import { LateInput } from './LateInput';

interface FilterBarProps {
  filters: EventFilters;
  onChange: (members: Partial<EventFilters>, isTyped?: boolean) => void;
}

/** What the events on the page must be. */
export function FilterBar({ filters, onChange }: FilterBarProps) {
  const rules = useGuardrails();
  const keys = useKeys();
  const [opened, { toggle }] = useDisclosure();
  const id = useId();
  const now = useMinute() * 60_000;
  const choice = (member: Choosable, label: string, any: string) => (
    <Select
      label={label}
      placeholder={any}
      data={choices[member]}
      value={filters[member] || null}
      onChange={(value) => onChange({ [member]: value ?? '' })}
      clearable
    />
  );
  return (
    <Card padding="md" component="search" aria-label="Filters">
      <Stack gap="sm">
        <Group gap="sm" align="flex-end">
          <LateInput
            label="Search"
            description="Rule, place, model, endpoint, ids and names; not the sealed text"
            value={filters.q}
            onChange={(q) => onChange({ q }, true)}
            width={420}
          />
          <RangePicker
            range={rangeOf(filters, now)}
            onAny={() => onChange({ range: '', start: '', end: '' })}
            onChoose={(range) => onChange({ range, start: '', end: '' })}
            onCustom={(start, end) => onChange({ range: '', start: start.toISOString(), end: end.toISOString() })}
          />
          <Button
            variant="default"
            onClick={toggle}
            aria-expanded={opened}
            aria-controls={id}
            leftSection={<IconAdjustmentsHorizontal size={16} aria-hidden />}
          >
            {opened ? 'Fewer filters' : 'More filters'}
          </Button>
        </Group>
        <SimpleGrid cols={{ base: 1, xs: 2, lg: 4 }} spacing="sm" visibleFrom={opened ? undefined : 'sm'}>
          {choice('action', 'Outcome', 'Any outcome')}
          {choice('severity', 'Severity', 'Any severity')}
          <IdSelect
            label="Rule"
            any="Any rule"
            value={filters.guardrail_id}
            onChange={(guardrail_id) => onChange({ guardrail_id })}
            known={rules.data?.map((rule) => ({ value: rule.id, label: rule.name || rule.pattern }))}
          />
          <IdSelect
            label="Key"
            any="Any key"
            value={filters.api_key_id}
            onChange={(api_key_id) => onChange({ api_key_id })}
            known={keys.data?.map((key) => ({ value: key.id, label: key.name }))}
          />
        </SimpleGrid>
        <SimpleGrid cols={{ base: 1, xs: 2, lg: 4 }} spacing="sm" id={id} display={opened ? undefined : 'none'}>
          {choice('direction', 'Direction', 'Requests and answers')}
          {choice('view', 'View', 'Any reading of the text')}
          {choice('field_class', 'Kind of field', 'Any kind')}
          {choice('mode', 'Mode of the rule', 'Any mode')}
          <LateInput
            label="Name of the rule"
            value={filters.rule_name}
            onChange={(rule_name) => onChange({ rule_name }, true)}
          />
          <ProviderSelect value={filters.provider_id} onChange={(provider_id) => onChange({ provider_id })} />
          <LateInput label="Call id" value={filters.call_id} onChange={(call_id) => onChange({ call_id }, true)} />
        </SimpleGrid>
      </Stack>
    </Card>
  );
}

function ProviderSelect({ value, onChange }: { value: string; onChange: (id: string) => void }) {
  const providers = useProviders();
  return (
    <IdSelect
      label="Provider"
      any="Any provider"
      value={value}
      onChange={onChange}
      known={providers.data?.map((provider) => ({ value: provider.id, label: provider.name }))}
    />
  );
}
