import { Badge, Box, Group, Loader, Paper, Stack, Text } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { Copy } from '@/components/Copy';
import { Failure } from '@/components/Failure';
import { count, duration } from '@/lib/format';
import { Outcome } from './Outcome';
import type { Turn } from './useChat';

const Answer = lazy(async () => ({ default: (await import('./Answer')).Answer }));

const finishes: Record<string, string> = {
  length: 'cut at the token limit',
  content_filter: "stopped by the provider's filter",
  tool_calls: 'asked for a tool',
};

/** One question, what the guard rails did, the answer, and what it cost. */
export function TurnView({ turn }: { turn: Turn }) {
  const blocked = turn.error?.code === 'guardrail_rejected';
  return (
    <Stack gap="sm">
      <Group justify="flex-end">
        <Paper bg="var(--mantine-primary-color-light)" px="md" py="xs" radius="lg" maw="85%">
          <Text size="sm" style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
            {turn.question}
          </Text>
        </Paper>
      </Group>
      <Outcome turn={turn} />
      {turn.answer !== '' && (
        <Box maw="95%" data-testid="answer">
          <Suspense
            fallback={
              <Text size="sm" style={{ whiteSpace: 'pre-wrap' }}>
                {turn.answer}
              </Text>
            }
          >
            <Answer text={turn.answer} />
          </Suspense>
        </Box>
      )}
      {turn.totalMs === null && <Loader type="dots" size="sm" aria-label="Waiting for the answer" />}
      {turn.error && !blocked && <Failure error={turn.error} title={failureTitle(turn.error.status)} />}
      {turn.totalMs !== null && <Cost turn={turn} />}
    </Stack>
  );
}

function Cost({ turn }: { turn: Turn }) {
  const parts = [
    turn.usage && `${count(turn.usage.prompt)} in · ${count(turn.usage.completion)} out`,
    turn.firstTextMs !== null && `first token ${duration(turn.firstTextMs)}`,
    `total ${duration(turn.totalMs)}`,
  ].filter(Boolean);
  return (
    <Group gap="xs">
      {turn.state === 'stopped' && <Badge color="gray">stopped</Badge>}
      {turn.finish && finishes[turn.finish] && <Badge color="orange">{finishes[turn.finish]}</Badge>}
      <Text size="xs" c="dimmed" style={{ fontVariantNumeric: 'tabular-nums' }}>
        {parts.join(' · ')}
      </Text>
      {turn.answer !== '' && <Copy value={turn.answer} label="Copy the answer" />}
    </Group>
  );
}

function failureTitle(status: number): string {
  if (status === 429) return 'The limit of this key is used up';
  return status === 200 ? 'The answer broke off' : 'The call failed';
}
