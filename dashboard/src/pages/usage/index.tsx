import { Button, Group, Menu, SegmentedControl, Stack } from '@mantine/core';
import { IconChevronDown, IconDownload } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { cache } from '@/api/queries';
import { useSummary } from '@/api/usage';
import { Refresh } from '@/components/charts/Refresh';
import { Failure } from '@/components/Failure';
import { Page } from '@/components/Page';
import { RangePicker } from '@/components/RangePicker';
import { useRange } from '@/lib/range';
import { exportHref, readFilters, type UsageFilters } from '@/lib/usage';
import { useParam } from '@/lib/useParam';
import { Calls } from './Calls';
import { Filters } from './Filters';
import { GroupTable } from './GroupTable';
import { MeasureChart } from './MeasureChart';

const thisMinute = () => Math.floor(Date.now() / 60_000);

/** What calls cost: by whom, where, of which model, on which day, and call by call. */
export function Usage() {
  // The range stands still while its calls are paged through; a refresh moves it.
  const [minute, setMinute] = useState(thisMinute);
  const { range, choose, chooseCustom } = useRange(minute);
  const [query, setQuery] = useSearchParams();
  const filters = readFilters(query);
  const [by, setBy] = useParam('by', ['key', 'provider', 'model', 'day']);
  const client = useQueryClient();
  const period = { start: range.start, end: range.end };
  const wanted =
    by === 'day'
      ? { group_by: 'key' as const, bucket: 'day' as const, limit: 1 }
      : { group_by: by, bucket: range.bucket, limit: 100 };
  const summary = useSummary({ ...period, ...filters, ...wanted });
  // Sums that were asked for otherwise are not shown under the headings of these.
  const sums =
    summary.data?.group_by === wanted.group_by && summary.data.bucket === wanted.bucket ? summary.data : undefined;
  const filterBy = (name: keyof UsageFilters, value: string | null) =>
    setQuery((before) => {
      const after = new URLSearchParams(before);
      if (value) after.set(name, value);
      else after.delete(name);
      return after;
    });
  const refresh = () => {
    setMinute(thisMinute());
    void client.invalidateQueries({ queryKey: cache.usage });
  };
  return (
    <Page
      title="Usage"
      about="What calls cost, and each call by itself."
      actions={
        <>
          <Refresh
            at={summary.isPlaceholderData ? 0 : summary.dataUpdatedAt}
            busy={summary.isFetching}
            failed={summary.isError}
            onRefresh={refresh}
          />
          <RangePicker range={range} onChoose={choose} onCustom={chooseCustom} />
        </>
      }
    >
      <Stack gap="lg">
        <Filters period={period} filters={filters} onFilter={filterBy} />
        <Group justify="space-between" gap="xs">
          <SegmentedControl
            aria-label="Group by"
            value={by}
            onChange={setBy}
            data={[
              { value: 'key', label: 'By key' },
              { value: 'provider', label: 'By provider' },
              { value: 'model', label: 'By model' },
              { value: 'day', label: 'By day' },
            ]}
          />
          <Export period={period} filters={filters} />
        </Group>
        {summary.error && !summary.data ? (
          <Failure error={summary.error} title="The sums could not be read" retry={() => void summary.refetch()} />
        ) : (
          <>
            <MeasureChart summary={sums} by={by} bucket={wanted.bucket} />
            <GroupTable summary={sums} by={by} onFilter={filterBy} />
          </>
        )}
        <Calls period={period} filters={filters} isFiltered={Object.keys(filters).length > 0} />
      </Stack>
    </Page>
  );
}

function Export({ period, filters }: { period: { start: string; end: string }; filters: UsageFilters }) {
  return (
    <Menu position="bottom-end" shadow="md" withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <Button variant="default" leftSection={<IconDownload size={16} />} rightSection={<IconChevronDown size={14} />}>
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component="a" href={exportHref('csv', period, filters)} download>
          These calls as CSV
        </Menu.Item>
        <Menu.Item component="a" href={exportHref('json', period, filters)} download>
          These calls as JSON
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
