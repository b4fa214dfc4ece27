import { ActionIcon, Group, Tooltip } from '@mantine/core';
import { IconEye, IconPencil } from '@tabler/icons-react';
import { Link } from 'react-router';
import { SeverityBadge } from '@/components/Badges';
import type { Column } from '@/components/Table';
import { Time } from '@/components/Time';
import { calledBy, lockOf, type Rule, type RuleOrder } from '@/lib/ruleList';
import type { Sorting } from '@/lib/sorting';
import { RuleCost } from './RuleCost';
import { RuleHits } from './RuleHits';
import { RuleMenu } from './RuleMenu';
import { RuleMode } from './RuleMode';
import { RuleName } from './RuleName';
import { RuleSwitch } from './RuleSwitch';
import { SourceBadge } from './SourceBadge';

export interface Shown {
  sorting: Sorting<RuleOrder>;
  onSort: (by: RuleOrder) => void;
  /** Packs that the configuration's file sets. */
  packsOfFile: ReadonlySet<string>;
  onDelete: (rule: Rule) => void;
  onCopy: (rule: Rule) => void;
}

const actions = (rule: Rule, { onDelete, onCopy }: Shown) => {
  const word = lockOf(rule) === null ? 'Edit' : 'View';
  const Sign = word === 'Edit' ? IconPencil : IconEye;
  return (
    <Group gap={4} justify="flex-end" wrap="nowrap">
      <Tooltip label={word}>
        <ActionIcon
          component={Link}
          to={`/guardrails/${rule.id}`}
          variant="subtle"
          color="gray"
          aria-label={`${word} the rule ${calledBy(rule)}`}
        >
          <Sign size={17} aria-hidden />
        </ActionIcon>
      </Tooltip>
      <RuleMenu rule={rule} onDelete={onDelete} onCopy={onCopy} />
    </Group>
  );
};

/** What the list tells of each rule. */
export function columns(shown: Shown): Column<Rule>[] {
  const sort = (by: RuleOrder) => ({
    direction: shown.sorting.by === by ? shown.sorting.direction : undefined,
    toggle: () => shown.onSort(by),
  });
  return [
    { title: 'Rule', render: (rule) => <RuleName rule={rule} width={225} />, sort: sort('name') },
    {
      title: 'Severity',
      render: (rule) => <SeverityBadge severity={rule.severity} />,
      width: 100,
      sort: sort('severity'),
    },
    { title: 'Mode', render: (rule) => <RuleMode rule={rule} />, width: 130 },
    { title: 'Origin', render: (rule) => <SourceBadge rule={rule} />, width: 160 },
    { title: 'Hits, 24 h', render: (rule) => <RuleHits rule={rule} />, align: 'right', width: 100, sort: sort('hits') },
    {
      title: 'Last hit',
      render: (rule) => <Time value={rule.last_hit_at} relative never="never" />,
      width: 110,
      sort: sort('last'),
    },
    { title: 'Cost', render: (rule) => <RuleCost rule={rule} />, align: 'right', width: 115, sort: sort('cost') },
    {
      title: 'Applied',
      render: (rule) => <RuleSwitch rule={rule} isSetByFile={shown.packsOfFile.has(rule.pack)} />,
      width: 80,
    },
    { title: 'Actions', hideTitle: true, render: (rule) => actions(rule, shown), width: 90 },
  ];
}
