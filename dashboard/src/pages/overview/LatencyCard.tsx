import { Box, Card, Center, Group, Progress, Skeleton, Stack, Text, Title, VisuallyHidden } from '@mantine/core';
import { useMemo } from 'react';
import { Legend } from '@/components/charts/Legend';
import { duration } from '@/lib/format';
import { type Pace, paces, type Spread, type Summary } from '@/lib/series';
import type { By } from './Charts';

// As high as a chart and its gap to the legend: six groups of two lines each.
const HEIGHT = 232;
const colors = { median: 'teal.6', p95: 'orange.5' } as const;
const legend = [
  { key: 'median', label: 'Median', color: colors.median, total: null },
  { key: 'p95', label: 'p95', color: colors.p95, total: null },
];

/** How long the calls of the busiest groups took, side by side. It keeps its height whatever it shows. */
export function LatencyCard({ summary, by }: { summary: Summary | undefined; by: By }) {
  const drawn = useMemo(() => summary && paces(summary), [summary]);
  const title = `Latency by ${by}`;
  return (
    <Card component="section" aria-label={title} padding="md">
      <Stack gap="sm" h="100%">
        <Box>
          <Title order={2} size="h5">
            {title}
          </Title>
          <Text size="xs" c="dimmed">
            Median and p95 over the whole range; the busiest first
          </Text>
        </Box>
        <Box mih={HEIGHT}>
          <Content paces={drawn} />
        </Box>
        <Box mih={20}>{drawn && drawn.length > 0 && <Legend series={legend} format={duration} />}</Box>
      </Stack>
    </Card>
  );
}

function Content({ paces: groups }: { paces: readonly Pace[] | undefined }) {
  if (!groups) return <Skeleton height={HEIGHT} />;
  if (groups.length === 0)
    return (
      <Center h={HEIGHT}>
        <Text size="sm" c="dimmed">
          Nothing was timed in this range.
        </Text>
      </Center>
    );
  const longest = Math.max(...groups.flatMap(({ whole, first }) => [whole, first].map(end)));
  return (
    <Stack component="ul" gap={8} m={0} p={0} style={{ listStyle: 'none' }}>
      {groups.map(({ group, label, whole, first }) => (
        <Group key={group} component="li" gap="xs" wrap="nowrap" align="flex-start">
          <Text size="xs" lh="16px" w="26%" flex="none" truncate title={label}>
            {label}
          </Text>
          <Box flex={1} miw={0}>
            <Line name="Answer" spread={whole} longest={longest} />
            <Line name="First token" spread={first} longest={longest} />
          </Box>
        </Group>
      ))}
    </Stack>
  );
}

/** Where a bar ends: an untimed p95 leaves it at the median. */
const end = ({ median, p95 }: Spread): number => Math.max(median ?? 0, p95 ?? 0);

/** One bar, up to the median and on to the p95, and both as text. */
function Line({ name, spread, longest }: { name: string; spread: Spread; longest: number }) {
  const share = (ms: number) => (longest > 0 ? (ms / longest) * 100 : 0);
  const median = spread.median ?? 0;
  return (
    <Group gap="xs" wrap="nowrap">
      <Text size="xs" lh="16px" c="dimmed" w={66} flex="none">
        {name}
      </Text>
      <Progress.Root size={4} flex={1} miw={0} aria-hidden>
        <Progress.Section value={share(median)} color={colors.median} withAria={false} />
        <Progress.Section value={share(end(spread) - median)} color={colors.p95} withAria={false} />
      </Progress.Root>
      <Text size="xs" lh="16px" w={112} flex="none" ta="right" style={{ fontVariantNumeric: 'tabular-nums' }} truncate>
        <VisuallyHidden>median </VisuallyHidden>
        {duration(spread.median)} <span aria-hidden>·</span>
        <VisuallyHidden>, p95</VisuallyHidden> {duration(spread.p95)}
      </Text>
    </Group>
  );
}
