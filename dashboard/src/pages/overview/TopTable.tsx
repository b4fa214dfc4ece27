import { Anchor, Card, ScrollArea, Skeleton, Table, Text, Title } from '@mantine/core';
import { Link } from 'react-router';
import { compact, duration, percent } from '@/lib/format';
import type { Range } from '@/lib/range';
import { groupLabel, type Summary } from '@/lib/series';
import { usageHref } from '@/lib/usage';
import type { By } from './Charts';

const ROWS = 5;
const figures = { fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' } as const;

/** Who made most of the calls; each name leads to its usage. */
export function TopTable({ summary, by, range }: { summary: Summary | undefined; by: By; range: Range }) {
  const groups = summary?.groups.slice(0, ROWS);
  return (
    <Card component="section" aria-label={`Top ${by}s`} padding="md">
      <Title order={2} size="h5">
        Top {by}s
      </Title>
      <Text size="xs" c="dimmed" mb="xs">
        By calls; a name leads to its usage
      </Text>
      <ScrollArea type="auto" offsetScrollbars="x">
        <Table miw={420} verticalSpacing={6} horizontalSpacing="xs" aria-label={`Top ${by}s`}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col" tt="capitalize">
                {by}
              </Table.Th>
              {['Calls', 'Tokens', 'Errors', 'p95'].map((title) => (
                <Table.Th key={title} scope="col" ta="right">
                  {title}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {groups?.map((group) => (
              <Table.Tr key={group.group}>
                <Table.Td maw={180}>
                  <Anchor component={Link} to={usageHref(by, group.group, range)} size="sm" display="block" truncate>
                    {groupLabel(group)}
                  </Anchor>
                </Table.Td>
                <Table.Td ta="right" style={figures}>
                  {compact(group.calls)}
                </Table.Td>
                <Table.Td ta="right" style={figures}>
                  {compact(group.total_tokens)}
                </Table.Td>
                <Table.Td ta="right" style={figures}>
                  {percent(group.errors, group.calls)}
                </Table.Td>
                <Table.Td ta="right" style={figures}>
                  {duration(group.duration_p95_ms)}
                </Table.Td>
              </Table.Tr>
            )) ?? <Waiting />}
          </Table.Tbody>
        </Table>
      </ScrollArea>
      <Anchor component={Link} to={usageHref(by, '', range)} size="sm" mt="auto" pt="xs" w="fit-content">
        All usage by {by}
      </Anchor>
    </Card>
  );
}

const Waiting = () =>
  Array.from({ length: 5 }, (_, row) => (
    <Table.Tr key={row}>
      {Array.from({ length: 5 }, (_, cell) => (
        <Table.Td key={cell}>
          <Skeleton height={14} my={3} />
        </Table.Td>
      ))}
    </Table.Tr>
  ));
