import { Box, Stack } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useDeferredValue } from 'react';
import { cache, useKeys, useProviders } from '@/api/queries';
import { useLatestCall, useSummary } from '@/api/usage';
import { Failure } from '@/components/Failure';
import { Page } from '@/components/Page';
import { RangePicker } from '@/components/RangePicker';
import { Refresh } from '@/components/charts/Refresh';
import { periodBefore } from '@/lib/change';
import { useRange } from '@/lib/range';
import type { Summary } from '@/lib/series';
import { useMinute } from '@/lib/useMinute';
import { useParam } from '@/lib/useParam';
import { AttentionPanel } from './AttentionPanel';
import { Charts } from './Charts';
import { Checklist } from './Checklist';
import { FigureGrid } from './FigureGrid';
import { Quiet } from './Quiet';

const groupings = ['key', 'provider', 'model'] as const;

const isQuiet = ({ totals }: Summary) => totals.calls === 0 && totals.blocked === 0 && totals.limited === 0;

/** How the gateway is doing: the figures, what needs attention, and how it came about. */
export function Overview() {
  const { range, choose, chooseCustom } = useRange(useMinute());
  const [by, setBy] = useParam('by', groupings);
  const client = useQueryClient();
  const period = { start: range.start, end: range.end };
  const summary = useSummary({ ...period, group_by: by, bucket: range.bucket, limit: 9 }, { watched: true });
  const before = useSummary({ ...periodBefore(period), group_by: by, bucket: 'day', limit: 1 });
  const providers = useProviders();
  const keys = useKeys();
  // While sums by another group are on their way, the former ones keep their own name.
  const shown = groupings.find((one) => one === summary.data?.group_by) ?? by;
  const quiet = summary.data !== undefined && isQuiet(summary.data);
  // The figures first: charts take as long to draw as all the rest, and a click must not wait for them.
  const drawn = useDeferredValue(summary.data, undefined);
  const latest = useLatestCall(quiet);
  const refresh = () =>
    Promise.all([cache.usage, cache.attention].map((queryKey) => client.invalidateQueries({ queryKey })));

  const figures = <FigureGrid now={summary.data?.totals} before={before.data?.totals} range={range} />;
  const content = () => {
    if (summary.error && !summary.data)
      return (
        <Failure error={summary.error} title="The figures could not be read" retry={() => void summary.refetch()} />
      );
    if (!quiet)
      return (
        <>
          {figures}
          <Box style={{ opacity: summary.isPlaceholderData ? 0.6 : 1, transition: 'opacity 150ms ease 300ms' }}>
            <Charts summary={drawn} shown={shown} by={by} onBy={setBy} range={range} />
          </Box>
        </>
      );
    const last = latest.data?.records[0];
    if (!providers.data || !keys.data || !latest.data) return figures;
    if (!last || providers.data.length === 0 || keys.data.length === 0)
      return <Checklist hasProvider={providers.data.length > 0} hasKey={keys.data.length > 0} hasCall={!!last} />;
    return (
      <>
        {figures}
        <Quiet range={range} last={last.created_at} onWiden={() => choose('30d')} />
      </>
    );
  };

  return (
    <Page
      title="Overview"
      about="What went through the gateway, and how it is doing."
      actions={
        <>
          <Refresh
            at={summary.isPlaceholderData ? 0 : summary.dataUpdatedAt}
            busy={summary.isFetching}
            failed={summary.isError}
            onRefresh={() => void refresh()}
          />
          <RangePicker range={range} onChoose={choose} onCustom={chooseCustom} />
        </>
      }
    >
      <Stack gap="lg">
        <AttentionPanel />
        {content()}
      </Stack>
    </Page>
  );
}
