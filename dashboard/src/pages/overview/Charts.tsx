import { Group, SegmentedControl, SimpleGrid, Title } from '@mantine/core';
import { memo, useMemo } from 'react';
import { ChartCard } from '@/components/charts/ChartCard';
import { compact, duration } from '@/lib/format';
import type { Range } from '@/lib/range';
import { stack, type Summary, timings } from '@/lib/series';
import { LatencyCard } from './LatencyCard';
import { TopTable } from './TopTable';
import { TroubleCard } from './TroubleCard';

export type By = 'key' | 'provider' | 'model';

interface ChartsProps {
  /** undefined while loading. */
  summary: Summary | undefined;
  /** By what the summary is grouped. */
  shown: By;
  /** By what it shall be. */
  by: By;
  onBy: (by: string) => void;
  range: Range;
}

/** How the figures came about over time, and who made most of them. */
export const Charts = memo(function Charts({ summary, shown, by, onBy, range }: ChartsProps) {
  const drawn = useMemo(
    () =>
      summary && {
        calls: stack(summary, 'calls'),
        tokens: stack(summary, 'total_tokens'),
        latency: timings(summary, [
          { timing: 'duration_p50_ms', label: 'Median', color: 'teal.6' },
          { timing: 'duration_p95_ms', label: 'p95', color: 'orange.5' },
        ]),
        firstByte: timings(summary, [
          { timing: 'first_byte_p50_ms', label: 'Median', color: 'teal.6' },
          { timing: 'first_byte_p95_ms', label: 'p95', color: 'orange.5' },
        ]),
      },
    [summary],
  );
  const bucket = summary?.bucket ?? range.bucket;
  return (
    <>
      <Group justify="space-between" mb="sm" gap="xs">
        <Title order={2} size="h4">
          Over time
        </Title>
        <SegmentedControl
          aria-label="Group by"
          size="xs"
          value={by}
          onChange={onBy}
          data={[
            { value: 'key', label: 'By key' },
            { value: 'provider', label: 'By provider' },
            { value: 'model', label: 'By model' },
          ]}
        />
      </Group>
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
        <ChartCard
          title="Calls"
          about={`Calls that were sent on, by ${shown}`}
          kind="bars"
          data={drawn?.calls}
          nothing="No call was sent on in this range."
          {...{ bucket, format: compact }}
        />
        <ChartCard
          title="Tokens"
          about={`Prompt and completion, by ${shown}`}
          kind="bars"
          data={drawn?.tokens}
          nothing="No tokens in this range."
          {...{ bucket, format: compact }}
        />
        <TroubleCard summary={summary} by={shown} bucket={bucket} />
        <ChartCard
          title="Latency"
          about="From the arrival of a call to the end of its answer"
          kind="lines"
          data={drawn?.latency}
          nothing="Nothing was timed in this range."
          {...{ bucket, format: duration }}
        />
        <ChartCard
          title="Time to first token"
          about="From the arrival of a call to the first byte of its answer"
          kind="lines"
          data={drawn?.firstByte}
          nothing="Nothing was timed in this range."
          {...{ bucket, format: duration }}
        />
        <LatencyCard summary={summary} by={shown} />
        <TopTable summary={summary} by={shown} range={range} />
      </SimpleGrid>
    </>
  );
});
