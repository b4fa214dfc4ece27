import { Badge, Box, Button, Card, Code, Group, NumberInput, Stack, Text, Title } from '@mantine/core';
import { IconPlayerStop } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, data, type Schema } from '@/api/client';
import { cache } from '@/api/queries';
import { ActionBadge, ModeBadge } from '@/components/Badges';
import { Failure } from '@/components/Failure';
import { Pattern } from '@/components/Pattern';
import { Time } from '@/components/Time';
import { wordFor } from '@/lib/eventFilters';
import { count } from '@/lib/format';
import { perCall } from '@/lib/ruleList';
import { ChangeBadge, Counts, Groups } from './Counts';
import { asDraft, type Draft } from './useTrial';

type Run = Schema<'ShadowView'>;

const LIVE_MS = 2000;
const queryKey = [...cache.guardrails, 'shadow'];

/** The draft in the shadow of live calls: it looks at them and changes none. */
export function Shadow({ draft }: { draft: Draft }) {
  const client = useQueryClient();
  const [minutes, setMinutes] = useState(15);
  const [calls, setCalls] = useState(10_000);
  const runs = useQuery({
    queryKey,
    queryFn: ({ signal }) => data(api.GET('/admin/guardrails/shadow', { signal })),
    refetchInterval: ({ state }) => (state.data?.some((run) => run.live) ? LIVE_MS : false),
  });
  const refresh = () => {
    for (const key of [queryKey, cache.log]) void client.invalidateQueries({ queryKey: key });
  };
  const start = useMutation({
    mutationFn: () =>
      data(api.POST('/admin/guardrails/shadow', { body: { draft: asDraft(draft), minutes, max_calls: calls } })),
    onSettled: refresh,
  });
  const end = useMutation({
    mutationFn: (id: string) => api.DELETE('/admin/guardrails/shadow/{id}', { params: { path: { id } } }),
    onSettled: refresh,
  });
  const isBad = draft.isBad || draft.rule.pattern === '';
  const ours = (runs.data ?? []).filter((run) => (draft.id === undefined ? true : run.draft_id === draft.id));
  const others = (runs.data?.length ?? 0) - ours.length;
  return (
    <Card component="section" aria-label="On live calls">
      <Stack>
        <div>
          <Title order={2} size="h4">
            On live calls
          </Title>
          <Text size="xs" c="dimmed">
            The rule as it is written here looks at the calls of this process, after the fact. No call waits for it or
            is changed; only sums and masked samples are kept, in memory.
          </Text>
        </div>
        <Group align="flex-end" gap="sm">
          <NumberInput
            label="Minutes"
            value={minutes}
            onChange={(value) => setMinutes(Number(value) || 1)}
            min={1}
            max={1440}
            w={110}
          />
          <NumberInput
            label="Most calls"
            value={calls}
            onChange={(value) => setCalls(Number(value) || 1)}
            min={1}
            max={1_000_000}
            step={1000}
            w={130}
          />
          <Button onClick={() => start.mutate()} loading={start.isPending} disabled={isBad}>
            Start
          </Button>
        </Group>
        {isBad && (
          <Text size="sm" c="dimmed">
            {draft.isBad ? 'The rule is not valid yet. Mend it to try it.' : 'Write a pattern first.'}
          </Text>
        )}
        {start.error && <Failure error={start.error} title="It could not be started" />}
        {end.error && <Failure error={end.error} title="It could not be ended" />}
        {runs.error && (
          <Failure error={runs.error} title="The runs could not be read" retry={() => void runs.refetch()} />
        )}
        {ours.map((run) => (
          <RunCard key={run.id} run={run} onEnd={() => end.mutate(run.id)} isEnding={end.isPending} />
        ))}
        {others > 0 && (
          <Text size="xs" c="dimmed">
            {count(others)} more {others === 1 ? 'run is' : 'runs are'} of other rules.
          </Text>
        )}
      </Stack>
    </Card>
  );
}

function RunCard({ run, onEnd, isEnding }: { run: Run; onEnd: () => void; isEnding: boolean }) {
  return (
    <Box
      component="section"
      aria-label={`Shadow run of ${run.name || run.pattern}`}
      p="sm"
      style={{ border: '1px solid var(--mantine-color-default-border)', borderRadius: 8 }}
    >
      <Stack gap="sm">
        <Group justify="space-between" gap="xs">
          <Group gap="xs">
            {run.live ? <Badge color="teal">live</Badge> : <Badge color="gray">ended</Badge>}
            <ModeBadge mode={run.mode} />
            {run.name ? (
              <Text size="sm" fw={550}>
                {run.name}
              </Text>
            ) : (
              <Pattern value={run.pattern} width={220} />
            )}
          </Group>
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconPlayerStop size={14} aria-hidden />}
            onClick={onEnd}
            loading={isEnding}
          >
            {run.live ? 'End and forget' : 'Forget'}
          </Button>
        </Group>
        <Text size="xs" c="dimmed">
          Since <Time value={run.started_at} />
          {run.live ? ', until ' : ', ended '}
          <Time value={run.live ? run.ends_at : (run.ended_at ?? run.ends_at)} />, at most {count(run.max_calls)} calls
        </Text>
        <Counts
          of={[
            { word: 'Calls it matches', value: `${count(run.would_match)} of ${count(run.calls)}` },
            { word: 'Newly matched', value: count(run.newly_matched), isLoud: run.newly_matched > 0 },
            { word: 'No longer matched', value: count(run.no_longer_matched) },
            { word: 'Newly refused', value: count(run.newly_rejected), isLoud: run.newly_rejected > 0 },
            { word: 'Its time a call', value: run.added_us_per_call === null ? '–' : perCall(run.added_us_per_call) },
            { word: 'Longest', value: run.longest_us === null ? '–' : perCall(run.longest_us) },
          ]}
        />
        <Text size="xs" c="dimmed">
          {count(run.out_of_scope)} out of its scope, {count(run.dropped)} not judged for want of time,{' '}
          {count(run.failed)} failed
        </Text>
        <Groups label="Key" rows={run.by_key.map((row) => ({ ...row, name: row.api_key_name ?? row.api_key_id }))} />
        <Groups label="Model" rows={run.by_model.map((row) => ({ ...row, name: row.model }))} />
        {run.samples.slice(0, 10).map((sample, index) => (
          <Group key={index} gap="xs">
            <ChangeBadge change={sample.change} />
            <Code>{sample.preview}</Code>
            <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
              {sample.api_key_name ?? sample.api_key_id} · {sample.model} · {wordFor('direction', sample.direction)} ·{' '}
              {sample.place}
              {sample.view !== 'raw' && ` · ${wordFor('view', sample.view)}`}
            </Text>
            {sample.outcome !== 'pass' && <ActionBadge action={sample.outcome} />}
          </Group>
        ))}
      </Stack>
    </Box>
  );
}
