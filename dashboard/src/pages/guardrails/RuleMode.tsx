import { Text } from '@mantine/core';
import { ModeBadge } from '@/components/Badges';
import type { Rule } from '@/lib/ruleList';

/** What a rule does, and what it puts in the place of what it finds. */
export function RuleMode({ rule }: { rule: Rule }) {
  return (
    <>
      <ModeBadge mode={rule.mode} />
      {rule.mode === 'replace' && (
        <Text size="xs" c="dimmed" ff="monospace" maw={120} truncate title={rule.replace_by}>
          → {rule.replace_by || 'nothing'}
        </Text>
      )}
    </>
  );
}
