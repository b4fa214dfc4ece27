import { ActionIcon, Anchor, Group, Text, Tooltip } from '@mantine/core';
import { IconPencil, IconTrash } from '@tabler/icons-react';
import { Link } from 'react-router';
import { ModeBadge } from '@/components/Badges';
import { Pattern } from '@/components/Pattern';
import type { Column } from '@/components/Table';
import { Time } from '@/components/Time';
import { count } from '@/lib/format';
import { Cost } from './Cost';
import { EnabledSwitch } from './EnabledSwitch';
import type { Rule } from './rule';

const hits = (rule: Rule) =>
  rule.hits_24h === 0 ? (
    <Text span inherit c="dimmed">
      0
    </Text>
  ) : (
    <Anchor
      component={Link}
      to={`/events?guardrail_id=${rule.id}&range=24h`}
      size="sm"
      aria-label={`${count(rule.hits_24h)} events of the last 24 hours`}
      style={{ fontVariantNumeric: 'tabular-nums' }}
    >
      {count(rule.hits_24h)}
    </Anchor>
  );

const replacement = (rule: Rule) => {
  if (rule.mode === 'reject')
    return (
      <Text span inherit c="dimmed">
        –
      </Text>
    );
  if (rule.replace_by === '')
    return (
      <Text span inherit c="dimmed">
        nothing
      </Text>
    );
  return <Pattern value={rule.replace_by} width={160} />;
};

const actions = (rule: Rule, onDelete: (rule: Rule) => void) => (
  <Group gap={4} justify="flex-end" wrap="nowrap">
    <Tooltip label="Edit">
      <ActionIcon
        component={Link}
        to={`/guardrails/${rule.id}`}
        variant="subtle"
        color="gray"
        aria-label={`Edit the rule ${rule.pattern}`}
      >
        <IconPencil size={17} />
      </ActionIcon>
    </Tooltip>
    <Tooltip label="Delete">
      <ActionIcon
        variant="subtle"
        color="red"
        aria-label={`Delete the rule ${rule.pattern}`}
        onClick={() => onDelete(rule)}
      >
        <IconTrash size={17} />
      </ActionIcon>
    </Tooltip>
  </Group>
);

/** What the list tells of each rule. */
export const columns = (onDelete: (rule: Rule) => void): Column<Rule>[] => [
  { title: 'Pattern', render: (rule) => <Pattern value={rule.pattern} to={`/guardrails/${rule.id}`} width={320} /> },
  {
    title: 'Mode',
    render: (rule) => (
      <div style={{ minWidth: 68 }}>
        <ModeBadge mode={rule.mode} />
      </div>
    ),
    width: 100,
  },
  { title: 'Replacement', render: replacement, width: 170 },
  { title: 'Enabled', render: (rule) => <EnabledSwitch rule={rule} />, width: 90 },
  { title: 'Hits, 24 h', render: hits, align: 'right', width: 100 },
  { title: 'Last hit', render: (rule) => <Time value={rule.last_hit_at} relative never="never" />, width: 120 },
  { title: 'Cost', render: (rule) => <Cost us={rule.cost_us_per_kb} />, align: 'right', width: 120 },
  { title: 'Actions', hideTitle: true, render: (rule) => actions(rule, onDelete), width: 90 },
];
