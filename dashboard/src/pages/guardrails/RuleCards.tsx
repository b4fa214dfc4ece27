import { Card, Group, Skeleton, Stack, Text } from '@mantine/core';
import { ModeBadge, SeverityBadge } from '@/components/Badges';
import { Time } from '@/components/Time';
import { calledBy, type Rule } from '@/lib/ruleList';
import type { Shown } from './columns';
import { RuleCost } from './RuleCost';
import { RuleHits } from './RuleHits';
import { RuleMenu } from './RuleMenu';
import { RuleName } from './RuleName';
import { RuleSwitch } from './RuleSwitch';
import { SourceBadge } from './SourceBadge';

type RuleCardsProps = Pick<Shown, 'packsOfFile' | 'onDelete' | 'onCopy'> & {
  /** undefined while loading. */
  rules: readonly Rule[] | undefined;
};

/** The list on a phone: one card a rule, with its switch at hand. */
export function RuleCards({ rules, packsOfFile, onDelete, onCopy }: RuleCardsProps) {
  return (
    <Stack component="ul" gap="xs" m={0} p={0} style={{ listStyle: 'none' }} aria-busy={rules === undefined}>
      {rules?.map((rule) => (
        <Card key={rule.id} component="li" padding="sm" aria-label={calledBy(rule)}>
          <Stack gap={8}>
            <Group justify="space-between" align="flex-start" wrap="nowrap">
              <RuleName rule={rule} width="100%" />
              <Group gap={6} wrap="nowrap" style={{ flexShrink: 0 }}>
                <RuleSwitch rule={rule} isSetByFile={packsOfFile.has(rule.pack)} />
                <RuleMenu rule={rule} onDelete={onDelete} onCopy={onCopy} />
              </Group>
            </Group>
            <Group gap={6}>
              <SeverityBadge severity={rule.severity} />
              <ModeBadge mode={rule.mode} />
              <SourceBadge rule={rule} />
            </Group>
            <Group justify="space-between" gap="xs" align="baseline">
              <Group gap={4}>
                <div>
                  <RuleHits rule={rule} />
                </div>
                <Text size="sm" c="dimmed" component="div">
                  in 24 h · last <Time value={rule.last_hit_at} relative never="never" />
                </Text>
              </Group>
              <RuleCost rule={rule} />
            </Group>
          </Stack>
        </Card>
      )) ??
        Array.from({ length: 4 }, (_, index) => (
          <Card key={index} component="li" padding="sm">
            <Skeleton height={72} />
          </Card>
        ))}
    </Stack>
  );
}
