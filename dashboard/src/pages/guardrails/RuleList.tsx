import { Button, Group, Text } from '@mantine/core';
import { IconFlask, IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { Link } from 'react-router';
import { useGuardrails } from '@/api/queries';
import { Failure } from '@/components/Failure';
import { Page } from '@/components/Page';
import { DataTable } from '@/components/Table';
import { columns } from './columns';
import { DeleteRule } from './DeleteRule';
import { NoRules } from './NoRules';
import type { Rule } from './rule';

/** The rules, enabled or not, and what each one found and costs. */
export function RuleList() {
  const rules = useGuardrails();
  const [doomed, setDoomed] = useState<Rule | null>(null);
  const inForce = rules.data?.filter((rule) => rule.enabled).length ?? 0;
  return (
    <Page
      title="Guard Rails"
      about="Patterns that no request to a provider may carry. A change is in force as soon as it is saved."
      actions={
        <>
          <Button
            component={Link}
            to="/guardrails/test"
            variant="default"
            leftSection={<IconFlask size={16} aria-hidden />}
          >
            Test bench
          </Button>
          <Button component={Link} to="/guardrails/new" leftSection={<IconPlus size={16} aria-hidden />}>
            New rule
          </Button>
        </>
      }
    >
      {rules.error && (
        <Failure error={rules.error} title="The rules could not be read" retry={() => void rules.refetch()} />
      )}
      {(rules.data ?? rules.isPending) && (
        <DataTable
          label="Guard rails"
          columns={columns(setDoomed)}
          rows={rules.data}
          rowKey={(rule) => rule.id}
          empty={<NoRules />}
          minWidth={940}
        />
      )}
      {rules.data && rules.data.length > 0 && (
        <Group justify="space-between">
          <Text size="sm" c="dimmed">
            {inForce} of {rules.data.length} {rules.data.length === 1 ? 'rule' : 'rules'} in force
          </Text>
        </Group>
      )}
      {doomed && <DeleteRule rule={doomed} onClose={() => setDoomed(null)} />}
    </Page>
  );
}
