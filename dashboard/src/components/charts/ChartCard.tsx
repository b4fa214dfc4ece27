import { ActionIcon, Box, Card, Center, Group, Skeleton, Stack, Text, Title, Tooltip } from '@mantine/core';
import { IconChartHistogram, IconTable } from '@tabler/icons-react';
import { lazy, type ReactNode, Suspense, useEffect, useMemo, useState } from 'react';
import { bucketMs, spanFor } from '@/lib/buckets';
import type { Bucket } from '@/lib/range';
import { type ChartData, gist, isFlat, merged } from '@/lib/series';
import { useNear } from '@/lib/useNear';
import { ChartTable } from './ChartTable';
import { Legend } from './Legend';

// The drawing library is as heavy as all the rest of a page: it comes after the page, while the figures are on the way.
const load = () => import('./Plot');
const Plot = lazy(load);

const MOST_BARS = 120;

interface ChartCardProps {
  title: string;
  /** What exactly is drawn. */
  about: string;
  kind: 'bars' | 'lines';
  /** undefined while loading. */
  data: ChartData | undefined;
  bucket: Bucket;
  format: (value: number) => string;
  /** What a range without any of it is called. */
  nothing: string;
  action?: ReactNode;
  height?: number;
}

/** A chart with its name, its legend and its numbers as a table. It keeps its height whatever it shows. */
export function ChartCard({ title, about, kind, data, bucket, format, nothing, action, height = 200 }: ChartCardProps) {
  const [isTable, setIsTable] = useState(false);
  const { ref, isNear } = useNear<HTMLDivElement>();
  useEffect(() => void load(), []);
  const spanMs = kind === 'bars' ? spanFor(bucket, data?.rows.length ?? 0, MOST_BARS) : bucketMs[bucket];
  const drawn = useMemo(
    () => data && (spanMs > bucketMs[bucket] ? merged(data, spanMs) : data),
    [data, spanMs, bucket],
  );
  const other = isTable ? 'Show as a chart' : 'Show as a table';
  return (
    <Card component="section" aria-label={title} padding="md">
      <Stack gap="sm" h="100%">
        <Group justify="space-between" align="flex-start" wrap="nowrap" gap="xs">
          <Box miw={0}>
            <Title order={2} size="h5">
              {title}
            </Title>
            <Text size="xs" c="dimmed">
              {about}
            </Text>
          </Box>
          <Group gap={4} wrap="nowrap">
            {action}
            <Tooltip label={other}>
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={`${title}: ${other.toLowerCase()}`}
                onClick={() => setIsTable(!isTable)}
                style={{ visibility: drawn && !isFlat(drawn) ? undefined : 'hidden' }}
              >
                {isTable ? <IconChartHistogram size={18} /> : <IconTable size={18} />}
              </ActionIcon>
            </Tooltip>
          </Group>
        </Group>
        <div ref={ref}>
          {isNear || !drawn ? (
            <Content {...{ title, kind, bucket, format, nothing, height, spanMs, isTable }} data={drawn} />
          ) : (
            <Box h={height} />
          )}
        </div>
        <Box mih={20}>{drawn && !isFlat(drawn) && <Legend series={drawn.series} format={format} />}</Box>
      </Stack>
    </Card>
  );
}

type ContentProps = Pick<ChartCardProps, 'title' | 'kind' | 'data' | 'bucket' | 'format' | 'nothing'> & {
  height: number;
  spanMs: number;
  isTable: boolean;
};

function Content({ data, isTable, nothing, kind, title, ...rest }: ContentProps) {
  if (!data) return <Skeleton height={rest.height} />;
  if (isFlat(data))
    return (
      <Center h={rest.height}>
        <Text size="sm" c="dimmed">
          {nothing}
        </Text>
      </Center>
    );
  if (isTable) return <ChartTable title={title} data={data} {...rest} />;
  return (
    <Box h={rest.height} role="img" aria-label={gist(title, data, rest.format)}>
      <Suspense fallback={<Skeleton height={rest.height} />}>
        <Plot kind={kind} data={data} withTotal={kind === 'bars'} {...rest} />
      </Suspense>
    </Box>
  );
}
