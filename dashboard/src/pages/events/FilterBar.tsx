import { Button, Card, Group, Select, SimpleGrid, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useId } from 'react';
import { useGuardrails, useKeys } from '@/api/queries';
import { RangePicker } from '@/components/RangePicker';
import { type EventFilters, rangeOf } from '@/lib/eventFilters';
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
  return (
    <Card padding="md" component="search" aria-label="Filters">
      <Stack gap="sm">
        <Group gap="sm" align="flex-end">
          <LateInput
            label="Search"
            description="Pattern, place, model, endpoint, ids and names; not the sealed text"
            value={filters.q}
            onChange={(q) => onChange({ q }, true)}
            width={420}
          />
          <LateInput
            label="Call id"
            value={filters.call_id}
            onChange={(call_id) => onChange({ call_id }, true)}
            width={220}
          />
          <RangePicker
            range={rangeOf(filters, now)}
            onAny={() => onChange({ range: '', start: '', end: '' })}
            onChoose={(range) => onChange({ range, start: '', end: '' })}
            onCustom={(start, end) => onChange({ range: '', start: start.toISOString(), end: end.toISOString() })}
          />
        </Group>
        <Button hiddenFrom="sm" variant="default" onClick={toggle} aria-expanded={opened} aria-controls={id}>
          {opened ? 'Fewer filters' : 'More filters'}
        </Button>
        <SimpleGrid
          cols={{ base: 1, xs: 2, lg: 4 }}
          spacing="sm"
          verticalSpacing="sm"
          id={id}
          visibleFrom={opened ? undefined : 'sm'}
        >
          <IdSelect
            label="Rule"
            any="Any rule"
            value={filters.guardrail_id}
            onChange={(guardrail_id) => onChange({ guardrail_id })}
            known={rules.data?.map((rule) => ({ value: rule.id, label: rule.pattern }))}
          />
          <IdSelect
            label="Key"
            any="Any key"
            value={filters.api_key_id}
            onChange={(api_key_id) => onChange({ api_key_id })}
            known={keys.data?.map((key) => ({ value: key.id, label: key.name }))}
          />
          <Select
            label="Mode of the rule"
            placeholder="Any mode"
            data={[
              { value: 'reject', label: 'Reject' },
              { value: 'replace', label: 'Replace' },
            ]}
            value={filters.mode || null}
            onChange={(mode) => onChange({ mode: mode ?? '' })}
            clearable
          />
          <Select
            label="Outcome"
            placeholder="Any outcome"
            data={[
              { value: 'rejected', label: 'Blocked' },
              { value: 'replaced', label: 'Redacted' },
            ]}
            value={filters.action || null}
            onChange={(action) => onChange({ action: action ?? '' })}
            clearable
          />
        </SimpleGrid>
      </Stack>
    </Card>
  );
}
