import { Anchor, Text, Tooltip } from '@mantine/core';
import { Link } from 'react-router';
import { count } from '@/lib/format';
import { calledBy, type Rule } from '@/lib/ruleList';

/** The events of a rule in the last 24 hours; all that its meter counted on hover. */
export function RuleHits({ rule }: { rule: Rule }) {
  const all = rule.meter ? `${count(rule.meter.hits)} since it was first used` : 'None since it was first used';
  if (rule.hits_24h === 0)
    return (
      <Text span size="sm" c="dimmed" title={all}>
        0
      </Text>
    );
  return (
    <Tooltip label={all}>
      <Anchor
        component={Link}
        to={`/events?guardrail_id=${rule.id}&range=24h`}
        size="sm"
        aria-label={`${count(rule.hits_24h)} events of ${calledBy(rule)} in the last 24 hours`}
        style={{ fontVariantNumeric: 'tabular-nums' }}
      >
        {count(rule.hits_24h)}
      </Anchor>
    </Tooltip>
  );
}
