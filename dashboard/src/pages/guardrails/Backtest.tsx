import {
  Alert,
  Anchor,
  Box,
  Button,
  Card,
  Checkbox,
  Code,
  Group,
  NumberInput,
  Stack,
  Text,
  Title,
} from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { api, data, type Schema } from '@/api/client';
import { cache } from '@/api/queries';
import { Failure } from '@/components/Failure';
import { Marked } from '@/components/Marked';
import { Time } from '@/components/Time';
import { around } from '@/lib/around';
import { wordFor } from '@/lib/eventFilters';
import { count } from '@/lib/format';
import { perCall } from '@/lib/ruleList';
import { ChangeBadge, Counts, Groups } from './Counts';
import { asDraft, type Draft } from './useTrial';

/** A span is a pair; as the answer is typed, it is a list of numbers. */
type Match = Omit<Schema<'RuleMatch'>, 'span'> & { span: number[] };
type Sample = Omit<Schema<'BacktestSample'>, 'matches'> & { matches: Match[] };
type Told = Omit<Schema<'Backtested'>, 'samples'> & { samples: Sample[] };

/** The draft, run over the texts of recorded events: what would change. The run is put on record. */
export function Backtest({ draft }: { draft: Draft }) {
  const client = useQueryClient();
  const [days, setDays] = useState(30);
  const [limit, setLimit] = useState(1000);
  const [reveal, setReveal] = useState(false);
  const run = useMutation({
    mutationFn: async (): Promise<Told> =>
      data(
        api.POST('/admin/guardrails/backtest', { body: { draft: asDraft(draft), days, limit, samples: 20, reveal } }),
      ),
    gcTime: 0,
    onSettled: () => void client.invalidateQueries({ queryKey: cache.log }),
  });
  const isBad = draft.isBad || draft.rule.pattern === '';
  return (
    <Card component="section" aria-label="On past events">
      <Stack>
        <div>
          <Title order={2} size="h4">
            On past events
          </Title>
          <Text size="xs" c="dimmed">
            Runs the rule as it is written here over the recorded texts, newest first. Nothing changes; that it was done
            is recorded.
          </Text>
        </div>
        <Group align="flex-end" gap="sm">
          <NumberInput
            label="Days back"
            value={days}
            onChange={(value) => setDays(Number(value) || 1)}
            min={1}
            max={3650}
            w={110}
          />
          <NumberInput
            label="Most events"
            value={limit}
            onChange={(value) => setLimit(Number(value) || 1)}
            min={1}
            max={10_000}
            step={1000}
            w={130}
          />
          <Button onClick={() => run.mutate()} loading={run.isPending} disabled={isBad}>
            Run
          </Button>
        </Group>
        <Checkbox
          size="xs"
          label="Show the texts of the samples in clear"
          description="Recorded in the activity log as a look at each of them."
          checked={reveal}
          onChange={(event) => setReveal(event.currentTarget.checked)}
        />
        <Stack gap="md" aria-live="polite">
          {isBad && (
            <Text size="sm" c="dimmed">
              {draft.isBad ? 'The rule is not valid yet. Mend it to try it.' : 'Write a pattern first.'}
            </Text>
          )}
          {run.error && <Failure error={run.error} title="It could not be run" />}
          {run.data && <Result told={run.data} isCompared={draft.id !== undefined} />}
        </Stack>
      </Stack>
    </Card>
  );
}

const UNCHANGED_SHOWN = 3;

/** What changes, and a few that do not: those come last. */
const telling = (samples: Sample[]): Sample[] => {
  const changed = samples.filter(({ matches }) => matches.some(({ change }) => change !== 'same'));
  return [...changed, ...samples.filter((sample) => !changed.includes(sample)).slice(0, UNCHANGED_SHOWN)];
};

function Result({ told, isCompared }: { told: Told; isCompared: boolean }) {
  return (
    <>
      <Text size="sm">
        Read {count(told.events)} {told.events === 1 ? 'event' : 'events'} of {count(told.calls)}{' '}
        {told.calls === 1 ? 'call' : 'calls'}
        {told.searched_to && (
          <>
            , back to <Time value={told.searched_to} />
          </>
        )}
        . {!told.complete && 'There are more: raise the limit to read them.'}
        {told.without_text > 0 && ` ${count(told.without_text)} have no text that could be judged.`}
      </Text>
      <Counts
        of={[
          { word: 'Texts it matches', value: `${count(told.would_match)} of ${count(told.texts)}` },
          { word: 'Newly matched', value: count(told.newly_matched), isLoud: told.newly_matched > 0 },
          { word: 'No longer matched', value: count(told.no_longer_matched) },
          { word: 'Calls newly refused', value: count(told.newly_rejected), isLoud: told.newly_rejected > 0 },
          { word: 'No longer refused', value: count(told.no_longer_rejected) },
          { word: 'Its time a text', value: told.time_us_per_text === null ? '–' : perCall(told.time_us_per_text) },
        ]}
      />
      <Text size="xs" c="dimmed">
        Compared with {isCompared ? 'the rule as it is stored' : 'all that the events tell'}. Its time is the rule’s
        own. Nearly all recorded texts hold a match, which takes some microseconds: the cost beside the pattern is for
        ordinary text.
      </Text>
      <Groups label="Key" rows={told.by_key.map((row) => ({ ...row, name: row.api_key_name ?? row.api_key_id }))} />
      <Groups label="Model" rows={told.by_model.map((row) => ({ ...row, name: row.model }))} />
      {told.samples.length > 0 && (
        <Title order={3} size="h6">
          Samples
        </Title>
      )}
      {telling(told.samples).map((sample) => (
        <SampleCard key={`${sample.event_id} ${sample.place}`} sample={sample} />
      ))}
      {told.events === 0 && (
        <Alert color="gray" variant="light">
          <Text size="sm">
            No events are recorded in this time. Only texts in which some rule found something are on record: look at
            live calls instead.
          </Text>
        </Alert>
      )}
    </>
  );
}

function SampleCard({ sample }: { sample: Sample }) {
  const spans = sample.matches.map((match) => match.span);
  const shown = sample.text === null ? null : around(sample.text, spans);
  return (
    <Box p="sm" style={{ border: '1px solid var(--mantine-color-default-border)', borderRadius: 8 }}>
      <Stack gap={6}>
        <Group gap="xs" justify="space-between">
          <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
            {sample.api_key_name ?? sample.api_key_id} · {sample.model || '–'} · <Code>{sample.place || '–'}</Code>
          </Text>
          <Anchor component={Link} to={`/events/${sample.event_id}`} size="xs">
            <Time value={sample.created_at} />
          </Anchor>
        </Group>
        {sample.matches.slice(0, 5).map((match, index) => (
          <Group key={index} gap="xs">
            <ChangeBadge change={match.change} />
            <Code>{match.preview}</Code>
            {match.view !== 'raw' && (
              <Text size="xs" c="dimmed">
                {wordFor('view', match.view)}
              </Text>
            )}
          </Group>
        ))}
        {sample.matches.length > 5 && (
          <Text size="xs" c="dimmed">
            and {count(sample.matches.length - 5)} more
          </Text>
        )}
        {shown && (
          <Box fz="xs" mah={160} style={{ overflow: 'auto' }} tabIndex={0} role="group" aria-label="Text of the sample">
            <Marked text={shown.text} spans={shown.spans} color="blue" />
          </Box>
        )}
      </Stack>
    </Box>
  );
}
