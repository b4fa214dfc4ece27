import { Anchor, Badge, Box, Code, Group, Text } from '@mantine/core';
import { Link } from 'react-router';
import { ModeBadge } from '@/components/Badges';
import { Marked } from '@/components/Marked';
import { Pattern } from '@/components/Pattern';
import { around } from '@/lib/around';
import type { Finding } from './useTrial';

/** One rule's matches in one text: which rule, where, and the text around them. */
export function FindingCard({ finding }: { finding: Finding }) {
  const { guardrail_id, is_draft, pattern, mode, place, text, spans } = finding;
  const shown = around(text, spans);
  return (
    <Box p="sm" style={{ border: '1px solid var(--mantine-color-default-border)', borderRadius: 8 }}>
      <Group gap="xs" mb={6}>
        <ModeBadge mode={mode} />
        {is_draft ? <Badge color="gray">this rule</Badge> : <Pattern value={pattern} width={220} />}
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
        {spans.length > 1 && (
          <Text size="xs" c="dimmed">
            {spans.length} matches
          </Text>
        )}
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
