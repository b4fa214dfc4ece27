import { Badge, Group, Loader, Text } from '@mantine/core';
import { Failure } from '@/components/Failure';
import { duration } from '@/lib/format';
import { outcomes } from '@/lib/providers';
import type { Trial } from './useTrials';

/** How a test of the connection went: a word, a sentence, a time. Read out when it comes. */
export function Outcome({ trial }: { trial: Trial | undefined }) {
  return <div role="status">{trial && <Told trial={trial} />}</div>;
}

function Told({ trial }: { trial: Trial }) {
  if (trial.pending)
    return (
      <Group gap={6} wrap="nowrap">
        <Loader size={12} />
        <Text size="xs" c="dimmed">
          Asking for the list of models…
        </Text>
      </Group>
    );
  if ('error' in trial) return <Failure error={trial.error} title="It could not be tested" />;
  const { outcome, message, duration_ms: ms } = trial.result;
  const { word, color } = outcomes[outcome];
  return (
    <Group gap={6} align="baseline">
      <Badge color={color}>{word}</Badge>
      <Text size="xs" c="dimmed" style={{ fontVariantNumeric: 'tabular-nums' }}>
        {duration(ms)}
      </Text>
      <Text size="xs" w="100%">
        {message}
      </Text>
    </Group>
  );
}
