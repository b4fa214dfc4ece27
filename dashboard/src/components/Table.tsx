import { Card, Group, ScrollArea, Skeleton, Table, UnstyledButton } from '@mantine/core';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { Direction } from '@/lib/sorting';

export interface Column<Row> {
  /** The heading, and what is read before the value on a narrow screen. */
  title: string;
  render: (row: Row) => ReactNode;
  align?: 'left' | 'right';
  width?: number | string;
  /** Leave the heading to screen readers: actions, sparklines. */
  hideTitle?: boolean;
  /** Makes the heading a button; the direction is there when the rows are sorted by this column. */
  sort?: { direction: Direction | undefined; toggle: () => void };
}

interface DataTableProps<Row> {
  /** What the table holds, for people who do not see it. */
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[] | undefined;
  rowKey: (row: Row) => string;
  onRow?: (row: Row) => void;
  /** Stands in place of the table when there are no rows. */
  empty: ReactNode;
  /** Rows of the skeleton that holds the place while loading. */
  expected?: number;
  minWidth?: number;
  /** Less room between many columns. */
  isDense?: boolean;
}

/** A table that holds its place while loading, says what to do when empty, and scrolls sideways when it must. */
export function DataTable<Row>({
  label,
  columns,
  rows,
  rowKey,
  onRow,
  empty,
  expected = 5,
  minWidth = 640,
  isDense = false,
}: DataTableProps<Row>) {
  if (rows?.length === 0) return <Card>{empty}</Card>;
  return (
    <Card padding={0}>
      <ScrollArea
        type="auto"
        offsetScrollbars="x"
        viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': `${label}: table` }}
      >
        <Table
          aria-label={label}
          aria-busy={rows === undefined}
          miw={minWidth}
          highlightOnHover={onRow !== undefined}
          horizontalSpacing={isDense ? 'sm' : undefined}
        >
          <Table.Thead>
            <Table.Tr>
              {columns.map((column) => (
                <Table.Th
                  key={column.title}
                  ta={column.align}
                  w={column.width}
                  scope="col"
                  aria-sort={column.sort && (column.sort.direction ?? 'none')}
                >
                  <Heading column={column} />
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows === undefined
              ? Array.from({ length: expected }, (_, index) => (
                  <Table.Tr key={index}>
                    {columns.map((column) => (
                      <Table.Td key={column.title}>
                        <Skeleton height={14} my={4} />
                      </Table.Td>
                    ))}
                  </Table.Tr>
                ))
              : rows.map((row) => (
                  <Table.Tr
                    key={rowKey(row)}
                    onClick={onRow && (() => onRow(row))}
                    style={onRow && { cursor: 'pointer' }}
                  >
                    {columns.map((column) => (
                      <Table.Td key={column.title} ta={column.align}>
                        {column.render(row)}
                      </Table.Td>
                    ))}
                  </Table.Tr>
                ))}
          </Table.Tbody>
        </Table>
      </ScrollArea>
    </Card>
  );
}

function Heading<Row>({ column: { title, hideTitle, align, sort } }: { column: Column<Row> }) {
  if (hideTitle) return <span className="visually-hidden">{title}</span>;
  if (!sort) return title;
  const Sign = sort.direction === 'ascending' ? IconArrowUp : IconArrowDown;
  return (
    <UnstyledButton
      onClick={sort.toggle}
      fz="inherit"
      fw="inherit"
      style={{ verticalAlign: 'bottom', whiteSpace: 'nowrap' }}
    >
      <Group gap={4} wrap="nowrap" style={{ flexDirection: align === 'right' ? 'row-reverse' : 'row' }}>
        {title}
        <Sign size={14} aria-hidden style={{ visibility: sort.direction ? 'visible' : 'hidden' }} />
      </Group>
    </UnstyledButton>
  );
}
