import { Box, Table } from '@mantine/core';
import { bucketTitle } from '@/lib/buckets';
import type { Bucket } from '@/lib/range';
import { type ChartData, isFlat } from '@/lib/series';
import { ground } from './ground';

interface ChartTableProps {
  title: string;
  data: ChartData;
  bucket: Bucket;
  spanMs: number;
  format: (value: number) => string;
  height: number;
}

/** A chart's numbers, newest first; times in which nothing happened are left out. */
export function ChartTable({ title, data, bucket, spanMs, format, height }: ChartTableProps) {
  const rows = data.rows.filter((row) => !isFlat({ series: data.series, rows: [row] })).reverse();
  return (
    <Box h={height} tabIndex={0} role="region" aria-label={`${title}, as a table`} style={{ overflow: 'auto' }}>
      <Table
        stickyHeader
        styles={{ th: { backgroundColor: ground } }}
        horizontalSpacing="xs"
        verticalSpacing={4}
        fz="xs"
        aria-label={title}
      >
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Time</Table.Th>
            {data.series.map(({ key, label }) => (
              <Table.Th key={key} scope="col" ta="right">
                {label}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={row.start}>
              <Table.Th scope="row" fw={400} style={{ whiteSpace: 'nowrap' }}>
                {bucketTitle(row.start, bucket, spanMs)}
              </Table.Th>
              {data.series.map(({ key }) => (
                <Table.Td key={key} ta="right" style={{ fontVariantNumeric: 'tabular-nums' }}>
                  {typeof row[key] === 'number' ? format(row[key]) : '–'}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Box>
  );
}
