import { NativeSelect } from '@mantine/core';
import { useMemo } from 'react';
import { ChartCard } from '@/components/charts/ChartCard';
import { compact } from '@/lib/format';
import type { Bucket } from '@/lib/range';
import { measures, stack, type Summary } from '@/lib/series';
import { useParam } from '@/lib/useParam';

const names = {
  total_tokens: 'Total tokens',
  prompt_tokens: 'Prompt tokens',
  completion_tokens: 'Completion tokens',
  calls: 'Calls',
} as const;

interface MeasureChartProps {
  /** undefined while loading. */
  summary: Summary | undefined;
  by: 'key' | 'provider' | 'model' | 'day';
  bucket: Bucket;
}

/** One measure over time, by group; by day, all calls together. */
export function MeasureChart({ summary, by, bucket }: MeasureChartProps) {
  const [measure, setMeasure] = useParam('measure', ['total_tokens', 'prompt_tokens', 'completion_tokens', 'calls']);
  const data = useMemo(() => {
    if (!summary) return undefined;
    return by === 'day'
      ? measures(summary, [{ measure, label: names[measure], color: 'teal.6' }])
      : stack(summary, measure, 8);
  }, [summary, by, measure]);
  return (
    <ChartCard
      title={names[measure]}
      about={by === 'day' ? 'Each day of UTC, all calls together' : `Over time, by ${by}`}
      kind="bars"
      data={data}
      bucket={bucket}
      format={compact}
      nothing={`No ${names[measure].toLowerCase()} in this range.`}
      height={240}
      action={
        <NativeSelect
          aria-label="What the chart shows"
          size="xs"
          value={measure}
          onChange={(event) => setMeasure(event.currentTarget.value)}
          data={Object.entries(names).map(([value, label]) => ({ value, label }))}
        />
      }
    />
  );
}
