import { Anchor, Button, Card, Group, Skeleton, Stack, Text, ThemeIcon, Title } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconInfoCircle, IconUrgent } from '@tabler/icons-react';
import { memo, useState } from 'react';
import { Link } from 'react-router';
import type { Schema } from '@/api/client';
import { useAttention } from '@/api/usage';
import { Failure } from '@/components/Failure';
import { attentionLink } from '@/lib/attention';

const signs = {
  critical: { icon: IconUrgent, color: 'red', word: 'Critical' },
  warning: { icon: IconAlertTriangle, color: 'orange', word: 'Warning' },
  info: { icon: IconInfoCircle, color: 'blue', word: 'Note' },
} as const;

const SHOWN = 4;

/** What an operator should look at, the worst first; one quiet line when that is nothing. */
export const AttentionPanel = memo(function AttentionPanel() {
  const attention = useAttention();
  const [all, setAll] = useState(false);
  if (attention.error && !attention.data)
    return (
      <Failure
        error={attention.error}
        title="What needs attention is not known"
        retry={() => void attention.refetch()}
      />
    );
  if (!attention.data) return <Skeleton height={22} width={240} />;
  const { records } = attention.data;
  if (records.length === 0)
    return (
      <Group gap={8} h={22}>
        <ThemeIcon variant="transparent" size={20} color="teal" c="var(--mantine-primary-color-light-color)">
          <IconCircleCheck size={18} aria-hidden />
        </ThemeIcon>
        <Text size="sm" c="dimmed">
          All is well: nothing needs your attention.
        </Text>
      </Group>
    );
  return (
    <Card component="section" aria-label="Needs attention" padding="md">
      <Title order={2} size="h5" mb="xs">
        Needs attention
      </Title>
      <Stack component="ul" gap={8} m={0} p={0} style={{ listStyle: 'none' }}>
        {records.slice(0, all ? undefined : SHOWN).map((record) => (
          <Item key={`${record.kind} ${record.subject}`} record={record} />
        ))}
      </Stack>
      {records.length > SHOWN && (
        <Button variant="subtle" size="compact-sm" mt="xs" w="fit-content" onClick={() => setAll(!all)}>
          {all ? 'Show fewer' : `Show all ${records.length}`}
        </Button>
      )}
    </Card>
  );
});

function Item({ record }: { record: Schema<'Attention'> }) {
  const { icon: Sign, color, word } = signs[record.severity];
  return (
    <Group component="li" gap={10} wrap="nowrap" align="flex-start">
      <ThemeIcon variant="light" color={color} size={24} radius="sm">
        <Sign size={16} aria-hidden />
      </ThemeIcon>
      <Text size="sm" lh="24px" style={{ overflowWrap: 'anywhere' }}>
        <span className="visually-hidden">{word}: </span>
        {record.message}{' '}
        <Anchor component={Link} to={attentionLink(record)} inherit underline="always">
          Look into it<span className="visually-hidden">: {record.name}</span>
        </Anchor>
      </Text>
    </Group>
  );
}
