import { ActionIcon, Anchor, Badge, Button, Card, Group, List, Stack, Text, ThemeIcon, Tooltip } from '@mantine/core';
import { IconLink, IconShieldCheck, IconShieldX, IconX } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { api, data, type Schema } from '@/api/client';
import { cache } from '@/api/queries';
import { Copy } from '@/components/Copy';
import { Failure } from '@/components/Failure';
import { chainWords, flawPlace, headWord, retentionWords } from '@/lib/chain';
import { ago, count } from '@/lib/format';
import { useMinute } from '@/lib/useMinute';
import { ExpectedHead } from './ExpectedHead';

const SHOWN = 20;
const queryKey = [...cache.events, 'chain'];

/** Whether the audit trail is whole: asked for by a button, for every event is read. */
export function Chain() {
  const client = useQueryClient();
  useMinute(); // "checked 3 min ago" grows old
  const [expected, setExpected] = useState('');
  const settings = useQuery({
    queryKey: cache.settings,
    queryFn: ({ signal }) => data(api.GET('/admin/settings', { signal })),
  });
  const check = useQuery({
    queryKey,
    queryFn: ({ signal }) =>
      data(
        api.GET('/admin/audit/verify', { params: { query: expected === '' ? {} : { expect_head: expected } }, signal }),
      ),
    enabled: false,
    staleTime: Infinity,
    gcTime: Infinity,
    retry: false,
  });
  const report = check.data;
  const retention = retentionWords(
    settings.data?.records.find(({ name }) => name === 'AUDIT_RETENTION_DAYS')?.value ?? undefined,
  );
  return (
    <Card component="section" aria-label="Audit trail" padding="sm">
      <Group justify="space-between" gap="sm">
        <Group gap="sm" wrap="nowrap" style={{ flex: '1 1 300px' }} miw={0}>
          <Sign whole={report?.whole} />
          <div role="status">
            <Text size="sm" fw={report ? 550 : undefined}>
              {report ? chainWords(report) : 'The events form a chain: what is changed, missing or moved breaks it.'}
            </Text>
            <Text size="xs" c="dimmed" mih={19}>
              {report && `Checked ${ago(new Date(check.dataUpdatedAt).toISOString())}. `}
              {retention}
            </Text>
          </div>
        </Group>
        <Group gap="xs">
          {report && headWord(report) !== null && (
            <Group gap={2} wrap="nowrap">
              <Tooltip label="The number and the hash of the newest event. Noted elsewhere, it proves later that the trail was not rewritten.">
                <Text size="xs" c="dimmed" ff="monospace" tabIndex={0}>
                  head {headWord(report)?.slice(0, 18)}…
                </Text>
              </Tooltip>
              <Copy value={headWord(report) ?? ''} label="Copy the head of the chain" />
            </Group>
          )}
          <ExpectedHead value={expected} onChange={setExpected} />
          <Button variant="default" size="xs" loading={check.isFetching} onClick={() => void check.refetch()}>
            Verify the chain
          </Button>
          {report && (
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label="Dismiss the result"
              onClick={() => client.removeQueries({ queryKey })}
            >
              <IconX size={16} />
            </ActionIcon>
          )}
        </Group>
      </Group>
      {check.error && <Failure error={check.error} title="The chain could not be verified" />}
      {report && report.flaws.length > 0 && <Flaws flaws={report.flaws} all={report.flaw_count} />}
    </Card>
  );
}

function Sign({ whole }: { whole: boolean | undefined }) {
  const [color, Icon] =
    whole === undefined
      ? (['gray', IconLink] as const)
      : whole
        ? (['teal', IconShieldCheck] as const)
        : (['red', IconShieldX] as const);
  return (
    <ThemeIcon variant="light" color={color} size={34} radius="xl">
      <Icon size={19} aria-hidden />
    </ThemeIcon>
  );
}

const Flaws = ({ flaws, all }: { flaws: Schema<'Flaw'>[]; all: number }) => (
  <Stack gap="xs" mt="sm" role="alert">
    <List size="sm" spacing={6} listStyleType="none">
      {flaws.slice(0, SHOWN).map((flaw, index) => (
        <List.Item key={index}>
          <Group gap="xs">
            <Badge color="red">{flaw.kind}</Badge>
            <Text size="sm" fw={550}>
              {flawPlace(flaw)}
            </Text>
            <Text size="sm">{flaw.note}</Text>
            {flaw.event_id !== '' && (
              <Anchor component={Link} to={`/events/${flaw.event_id}`} size="sm">
                open
              </Anchor>
            )}
          </Group>
        </List.Item>
      ))}
    </List>
    {all > SHOWN && (
      <Text size="sm" c="dimmed">
        and {count(all - SHOWN)} more: <code>llm-proxy audit verify</code> lists them
      </Text>
    )}
  </Stack>
);
