import { Alert, Anchor, Group, Skeleton, Stack, Text, VisuallyHidden } from '@mantine/core';
import { IconShieldCheck, IconShieldX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { api, data } from '@/api/client';
import { ModeBadge } from '@/components/Badges';
import { Failure } from '@/components/Failure';
import { Marked } from '@/components/Marked';
import { Pattern } from '@/components/Pattern';
import type { Turn } from './useChat';

/** What the guard rails did to a call: its body judged again by the rules in force, which records nothing. */
export function Outcome({ turn }: { turn: Turn }) {
  const blocked = turn.error?.code === 'guardrail_rejected';
  const trial = useQuery({
    queryKey: ['guardrails', 'trial', turn.id],
    queryFn: ({ signal }) =>
      data(
        api.POST('/admin/guardrails/test', {
          body: { body: turn.body, endpoint: 'chat/completions', with_stored: true },
          signal,
        }),
      ),
    enabled: blocked || turn.redacted > 0,
    staleTime: Infinity,
    gcTime: 0,
  });
  if (!blocked && turn.redacted === 0) return null;
  const eventId = /Event ([0-9a-f-]{36})/.exec(turn.error?.message ?? '')?.[1];
  const events = eventId ? `/events/${eventId}` : `/events?call_id=${turn.callId ?? ''}`;
  return (
    <Alert
      color={blocked ? 'red' : 'blue'}
      icon={blocked ? <IconShieldX size={18} /> : <IconShieldCheck size={18} />}
      title={
        blocked
          ? 'Blocked by a guard rail: nothing reached the provider'
          : `${turn.redacted} ${turn.redacted === 1 ? 'text was' : 'texts were'} redacted before the call left`
      }
    >
      <Stack gap="xs">
        {blocked && <Text size="sm">{turn.error?.message}</Text>}
        {trial.isPending && <Skeleton height={44} />}
        {trial.error && <Failure error={trial.error} title="The findings could not be shown" />}
        {trial.data?.findings.map((finding, index) => (
          <Stack gap={2} key={index}>
            <Group gap="xs">
              <ModeBadge mode={finding.mode} />
              <Pattern value={finding.pattern} width={260} />
              <Text size="xs" c="dimmed" ff="monospace">
                {finding.place}
              </Text>
            </Group>
            <Text size="sm" component="div">
              <Marked text={finding.text} spans={finding.spans} color={finding.mode === 'reject' ? 'red' : 'blue'} />
            </Text>
          </Stack>
        ))}
        {!blocked && trial.data?.result && <Received result={trial.data.result} />}
        <Anchor component={Link} to={events} size="sm" target="_blank" rel="noopener">
          {eventId ? 'Show the event' : 'Show the events of this call'}
          <VisuallyHidden> (opens in a new tab)</VisuallyHidden>
        </Anchor>
      </Stack>
    </Alert>
  );
}

function Received({ result }: { result: string }) {
  return (
    <Text size="sm" component="div">
      The provider received{' '}
      <Text span ff="monospace" style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
        {lastMessage(result)}
      </Text>
    </Text>
  );
}

/** The last message of a request body: the one that this turn added. */
function lastMessage(body: string): string {
  const { messages } = JSON.parse(body) as { messages: { content: string }[] };
  return messages.at(-1)?.content ?? '';
}
