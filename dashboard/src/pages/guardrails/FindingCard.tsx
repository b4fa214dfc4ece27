import { Anchor, Badge, Box, Code, Group, Text } from '@mantine/core';
import { Link } from 'react-router';
import { ActionBadge, SeverityBadge } from '@/components/Badges';
import { Marked } from '@/components/Marked';
import { Pattern } from '@/components/Pattern';
import { around } from '@/lib/around';
import { wordFor } from '@/lib/eventFilters';
import type { Finding } from './useTrial';

const FEW = 3;

/** Where the matches stand, from and to, in characters. */
const placesOf = (spans: number[][]): string =>
  spans
    .slice(0, FEW)
    .map(([start = 0, end = 0]) => `${start}–${end}`)
    .join(', ') + (spans.length > FEW ? ' …' : '');

/** One rule's matches in one text: which rule, where, and the text around them. */
export function FindingCard({ finding }: { finding: Finding }) {
  const { guardrail_id, is_draft, pattern, mode, place, text, spans, rule_name, severity, view, action } = finding;
  const shown = around(text, spans);
  return (
    <Box p="sm" style={{ border: '1px solid var(--mantine-color-default-border)', borderRadius: 8 }}>
      <Group gap="xs" mb={6}>
        <ActionBadge action={action} />
        <SeverityBadge severity={severity} />
        {rule_name !== '' && (
          <Text size="sm" fw={550} style={{ overflowWrap: 'anywhere' }}>
            {rule_name}
          </Text>
        )}
        {is_draft && <Badge color="gray">this rule</Badge>}
        {!is_draft && rule_name === '' && <Pattern value={pattern} width={220} />}
        {view !== 'raw' && <Badge color="grape">{wordFor('view', view)}</Badge>}
        {!is_draft && guardrail_id && (
          <Anchor component={Link} to={`/guardrails/${guardrail_id}`} size="xs">
            open
          </Anchor>
        )}
        {place !== '' && (
          <Text size="xs" c="dimmed">
            in <Code style={{ overflowWrap: 'anywhere' }}>{place}</Code>
          </Text>
        )}
        <Text size="xs" c="dimmed">
          {spans.length === 1 ? 'at' : `${spans.length} matches, at`} {placesOf(spans)}
        </Text>
      </Group>
      <Box
        fz="xs"
        tabIndex={0}
        role="group"
        aria-label={`Text in which the rule matches${place === '' ? '' : `, ${place}`}`}
        style={{ maxHeight: 180, overflow: 'auto' }}
      >
        <Marked text={shown.text} spans={shown.spans} color={mode === 'reject' ? 'red' : 'blue'} />
      </Box>
    </Box>
  );
}
