import { NativeSelect } from '@mantine/core';
import { useMemo } from 'react';
import { ChartCard } from '@/components/charts/ChartCard';
import { compact } from '@/lib/format';
import type { Bucket } from '@/lib/range';
import { measures, stack, type Summary } from '@/lib/series';
import { useParam } from '@/lib/useParam';
import type { By } from './Charts';

const kinds = {
  errors: { label: 'Errors', color: 'red.6', about: 'Calls that failed', nothing: 'No call failed' },
  blocked: { label: 'Blocked', color: 'orange.4', about: 'Calls a rule refused', nothing: 'No call was blocked' },
  limited: {
    label: 'Rate limited',
    color: 'grape.5',
    about: 'Calls beyond a limit',
    nothing: 'No call was rate limited',
  },
  redacted: {
    label: 'Redacted',
    color: 'blue.5',
    about: 'Calls that were sent on rewritten',
    nothing: 'No call was rewritten',
  },
} as const;
const choices = ['all', 'errors', 'blocked', 'redacted', 'limited'] as const;

interface TroubleCardProps {
  /** undefined while loading. */
  summary: Summary | undefined;
  by: By;
  bucket: Bucket;
}

/** What went wrong or was held back: all kinds side by side, or one of them by group. */
export function TroubleCard({ summary, by, bucket }: TroubleCardProps) {
  const [kind, setKind] = useParam('trouble', choices);
  const data = useMemo(() => {
    if (!summary) return undefined;
    if (kind !== 'all') return stack(summary, kind);
    return measures(
      summary,
      (['errors', 'blocked', 'limited', 'redacted'] as const).map((measure) => ({ measure, ...kinds[measure] })),
    );
  }, [summary, kind]);
  const one = kind === 'all' ? undefined : kinds[kind];
  return (
    <ChartCard
      title="Errors and guard rails"
      about={one ? `${one.about}, by ${by}` : 'Calls that failed, were refused, or were sent on rewritten'}
      kind="bars"
      data={data}
      bucket={bucket}
      format={compact}
      nothing={`${one?.nothing ?? 'No call failed, was refused or rewritten'} in this range.`}
      action={
        <NativeSelect
          aria-label="Which kind the chart shows"
          size="xs"
          value={kind}
          onChange={(event) => setKind(event.currentTarget.value)}
          data={choices.map((value) => ({ value, label: value === 'all' ? 'All kinds' : kinds[value].label }))}
        />
      }
    />
  );
}
