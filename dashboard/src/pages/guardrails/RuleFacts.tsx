import { Alert, Anchor, Button, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { IconLock } from '@tabler/icons-react';
import { useState } from 'react';
import { Link } from 'react-router';
import { Figure } from '@/components/Figure';
import { Time } from '@/components/Time';
import { count } from '@/lib/format';
import { lockOf, perCall } from '@/lib/ruleList';
import { CopyRule } from './CopyRule';
import { Cost } from './Cost';
import type { Rule } from './rule';

/** What a stored rule took and found on real traffic, where it comes from, and why it is not changed here. */
export function RuleFacts({ rule }: { rule: Rule }) {
  const [isCopying, setCopying] = useState(false);
  const lock = lockOf(rule);
  const { meter } = rule;
  return (
    <Stack gap="sm">
      {lock && (
        <Alert
          color="gray"
          variant="light"
          icon={<IconLock size={18} aria-hidden />}
          title="This rule is not changed here"
        >
          <Group justify="space-between" gap="sm">
            <Text size="sm" style={{ flex: '1 1 300px' }}>
              {lock}
            </Text>
            {rule.origin === 'pack' && (
              <Button variant="default" size="xs" onClick={() => setCopying(true)}>
                Make a copy of it
              </Button>
            )}
          </Group>
        </Alert>
      )}
      <SimpleGrid cols={{ base: 2, md: 4 }} spacing="md">
        <Figure
          label="Looked at"
          value={meter ? count(meter.calls) : '0'}
          detail="requests and answers"
          hint="Calls in which the rule looked, since it was first used, over all processes."
        />
        <Figure
          label="Hits"
          value={meter ? count(meter.hits) : '0'}
          detail={
            <Anchor component={Link} to={`/events?guardrail_id=${rule.id}`} inherit underline="always">
              {count(rule.hits_24h)} in 24 h
            </Anchor>
          }
          hint="Texts in which it found something, since it was first used."
        />
        <Figure
          label="Last hit"
          value={<Time value={meter?.last_hit_at ?? rule.last_hit_at} relative never="never" />}
          detail={<Time value={meter?.last_hit_at ?? rule.last_hit_at} never="" />}
        />
        <Figure
          label="Time it takes"
          value={meter?.time_us_per_call == null ? '–' : perCall(meter.time_us_per_call)}
          detail={
            <>
              of a call; of ordinary text <Cost us={rule.cost_us_per_kb} />
            </>
          }
          hint="Measured now and then on real calls, off the data path, the rule alone: the most that it can take."
        />
      </SimpleGrid>
      <Text size="xs" c="dimmed">
        Version {rule.version}
        {rule.updated_by && ` · changed by ${rule.updated_by}`}, <Time value={rule.updated_at} />
        {rule.created_by && ` · made by ${rule.created_by}`}
      </Text>
      {isCopying && <CopyRule rule={rule} onClose={() => setCopying(false)} />}
    </Stack>
  );
}
