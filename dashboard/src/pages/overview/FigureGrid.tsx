import { Anchor, SimpleGrid, Text } from '@mantine/core';
import { memo } from 'react';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { Schema } from '@/api/client';
import { Figure } from '@/components/Figure';
import { type Change, change, pointChange } from '@/lib/change';
import { compact, duration, percent } from '@/lib/format';
import type { Range } from '@/lib/range';
import { beforeRange } from '@/lib/rangeWords';

type Totals = Schema<'TimedFigures'>;

interface FigureGridProps {
  /** undefined while loading. */
  now: Totals | undefined;
  /** The period before, of the same length. */
  before: Totals | undefined;
  range: Range;
}

/** The same range on another page. */
const rangeQuery = (range: Range) =>
  new URLSearchParams(
    range.name === 'custom' ? { start: range.start, end: range.end } : { range: range.name },
  ).toString();

/** The numbers that matter, each against the period before. */
export const FigureGrid = memo(function FigureGrid({ now, before, range }: FigureGridProps) {
  const changed = (value: Change | null): ReactNode =>
    value && (
      <Text span inherit title={`${value.spoken} from ${beforeRange(range)}`} style={{ whiteSpace: 'nowrap' }}>
        <span aria-hidden>{value.text}</span>
        <span className="visually-hidden">
          {value.spoken} from {beforeRange(range)}
        </span>
      </Text>
    );
  const events = (value: number, action: string, word: string) =>
    value === 0 ? (
      0
    ) : (
      <Anchor
        component={Link}
        to={`/events?action=${action}&${rangeQuery(range)}`}
        inherit
        aria-label={`${compact(value)} ${word}: show the events`}
      >
        {compact(value)}
      </Anchor>
    );
  return (
    <SimpleGrid cols={{ base: 2, md: 4 }} spacing={{ base: 'sm', md: 'md' }}>
      <Figure
        label="Calls"
        value={now && compact(now.calls)}
        detail={now && changed(change(now.calls, before?.calls))}
        hint="Calls that were sent on to a provider, whatever became of them."
      />
      <Figure
        label="Tokens"
        value={now && compact(now.total_tokens)}
        detail={
          now &&
          parts(
            changed(change(now.total_tokens, before?.total_tokens)),
            `${compact(now.prompt_tokens)} in, ${compact(now.completion_tokens)} out`,
          )
        }
        hint="Tokens of prompts and of completions, as the providers counted them; estimated where one did not tell."
      />
      <Figure
        label="Error rate"
        value={
          now && (
            <Text span inherit c={isHigh(now) ? 'red' : undefined}>
              {percent(now.errors, now.calls)}
            </Text>
          )
        }
        detail={
          now &&
          parts(
            before && changed(pointChange(now.errors, now.calls, before.errors, before.calls)),
            `${compact(now.errors)} failed`,
          )
        }
        hint="The share of calls that failed at the provider or on the way to it. Blocked and rate limited calls are not among them."
      />
      <Figure
        label="Latency, median"
        value={now && duration(now.duration_p50_ms)}
        detail={
          now &&
          parts(changed(change(now.duration_p50_ms, before?.duration_p50_ms)), `p95 ${duration(now.duration_p95_ms)}`)
        }
        hint="From the arrival of a call to the end of its answer. Half of the calls took no longer than this; 95 % no longer than p95."
      />
      <Figure
        label="Blocked"
        value={now && events(now.blocked, 'rejected', 'blocked calls')}
        detail={now && changed(change(now.blocked, before?.blocked))}
        hint="Calls that a guard rail refused. They reached no provider."
      />
      <Figure
        label="Redacted"
        value={now && events(now.redacted, 'replaced', 'redacted calls')}
        detail={now && changed(change(now.redacted, before?.redacted))}
        hint="Calls of which a guard rail replaced a part before they were sent on."
      />
      <Figure
        label="Rate limited"
        value={now && compact(now.limited)}
        detail={now && changed(change(now.limited, before?.limited))}
        hint="Calls that were refused because their key had used up its calls per minute. They reached no provider."
      />
      <Figure
        label="Time to first token, median"
        value={now && duration(now.first_byte_p50_ms)}
        detail={
          now &&
          parts(
            changed(change(now.first_byte_p50_ms, before?.first_byte_p50_ms)),
            `p95 ${duration(now.first_byte_p95_ms)}`,
          )
        }
        hint="From the arrival of a call to the first byte of its answer."
      />
    </SimpleGrid>
  );
});

/** One call in twenty: what an operator would look into. */
const isHigh = ({ errors, calls }: Totals) => calls > 0 && errors / calls >= 0.05;

const parts = (changed: ReactNode, rest: string): ReactNode => (
  <>
    {rest}
    {changed && <> · {changed}</>}
  </>
);
