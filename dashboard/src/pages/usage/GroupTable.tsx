import { Anchor, Card, Group, ScrollArea, Skeleton, Table, Text, Title, UnstyledButton } from '@mantine/core';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { useState } from 'react';
import { ground } from '@/components/charts/ground';
import { count } from '@/lib/format';
import type { Figures, Measure, Summary } from '@/lib/series';
import { sorted, type Sorting, toggled } from '@/lib/sorting';
import { dayRows, groupRows, restOf, type UsageFilters } from '@/lib/usage';

const columns = [
  ['calls', 'Calls'],
  ['prompt_tokens', 'Prompt'],
  ['completion_tokens', 'Completion'],
  ['cached_tokens', 'Cached'],
  ['reasoning_tokens', 'Reasoning'],
  ['total_tokens', 'Total tokens'],
  ['errors', 'Errors'],
] as const satisfies readonly (readonly [Measure, string])[];

type By = 'label' | (typeof columns)[number][0];

const filterOf = { key: 'api_key_id', provider: 'provider_id', model: 'model' } as const;
const titles = { key: 'Key', provider: 'Provider', model: 'Model', day: 'Day (UTC)' } as const;

interface GroupTableProps {
  /** undefined while loading. */
  summary: Summary | undefined;
  by: 'key' | 'provider' | 'model' | 'day';
  onFilter: (name: keyof UsageFilters, value: string) => void;
}

/** The sums of each group, and of all. A group's name shows that group alone. */
export function GroupTable({ summary, by, onFilter }: GroupTableProps) {
  const [sorting, setSorting] = useState<Sorting<By> | null>(null);
  const order: Sorting<By> = sorting ?? { by: by === 'day' ? 'label' : 'total_tokens', direction: 'descending' };
  const rows =
    summary && sorted(by === 'day' ? dayRows(summary) : groupRows(summary), (row) => row[order.by], order.direction);
  const omitted = by === 'day' ? 0 : (summary?.omitted_groups ?? 0);
  const heading = (column: By, title: string) => (
    <Heading
      key={column}
      title={title}
      isNumber={column !== 'label'}
      sorted={order.by === column ? order.direction : undefined}
      onSort={() => setSorting(toggled(order, column, column === 'label' && by !== 'day' ? 'ascending' : 'descending'))}
    />
  );
  return (
    <Card component="section" aria-label={`Sums by ${by}`} padding={0}>
      <Title order={2} size="h5" px="md" pt="md" pb={4}>
        By {by}
      </Title>
      <ScrollArea.Autosize mah={520} type="auto" offsetScrollbars="present">
        <Table
          miw={760}
          aria-label={`Sums by ${by}`}
          aria-busy={!rows}
          stickyHeader
          styles={{ th: { backgroundColor: ground } }}
        >
          <Table.Thead>
            <Table.Tr>
              {heading('label', titles[by])}
              {columns.map(([measure, title]) => heading(measure, title))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows?.map((row) => (
              <Table.Tr key={row.id}>
                <Table.Th scope="row" fw={400} maw={260}>
                  {by === 'day' || row.id === '' ? (
                    <Text size="sm">{row.label}</Text>
                  ) : (
                    <Anchor
                      component="button"
                      type="button"
                      size="sm"
                      ta="left"
                      maw="100%"
                      truncate
                      title={`Show ${row.label} alone`}
                      onClick={() => onFilter(filterOf[by], row.id)}
                    >
                      {row.label}
                    </Anchor>
                  )}
                </Table.Th>
                <Numbers figures={row} />
              </Table.Tr>
            )) ?? <Waiting />}
            {summary && omitted > 0 && (
              <Table.Tr>
                <Table.Th scope="row" fw={400} c="dimmed">
                  {count(omitted)} more
                </Table.Th>
                <Numbers figures={restOf(summary)} />
              </Table.Tr>
            )}
            {rows?.length === 0 && (
              <Table.Tr>
                <Table.Td colSpan={columns.length + 1}>
                  <Text size="sm" c="dimmed" ta="center" py="sm">
                    No calls match.
                  </Text>
                </Table.Td>
              </Table.Tr>
            )}
          </Table.Tbody>
          <Table.Tfoot pos="sticky" bottom={0} bg={ground}>
            <Table.Tr fw={600}>
              <Table.Th scope="row" fw={600}>
                All
              </Table.Th>
              {summary ? <Numbers figures={summary.totals} /> : <WaitingCells />}
            </Table.Tr>
          </Table.Tfoot>
        </Table>
      </ScrollArea.Autosize>
    </Card>
  );
}

interface HeadingProps {
  title: string;
  isNumber: boolean;
  sorted: 'ascending' | 'descending' | undefined;
  onSort: () => void;
}

function Heading({ title, isNumber, sorted: direction, onSort }: HeadingProps) {
  const Sign = direction === 'ascending' ? IconArrowUp : IconArrowDown;
  return (
    <Table.Th scope="col" aria-sort={direction ?? 'none'} ta={isNumber ? 'right' : undefined}>
      <UnstyledButton onClick={onSort} fz="sm" fw={650}>
        <Group gap={4} wrap="nowrap" style={{ flexDirection: isNumber ? 'row-reverse' : 'row' }}>
          {title}
          <Sign size={14} aria-hidden style={{ visibility: direction ? 'visible' : 'hidden' }} />
        </Group>
      </UnstyledButton>
    </Table.Th>
  );
}

const Numbers = ({ figures }: { figures: Figures }) =>
  columns.map(([measure]) => (
    <Table.Td
      key={measure}
      ta="right"
      style={{ fontVariantNumeric: 'tabular-nums' }}
      c={figures[measure] === 0 ? 'dimmed' : undefined}
    >
      {count(figures[measure])}
    </Table.Td>
  ));

const WaitingCells = () =>
  columns.map(([measure]) => (
    <Table.Td key={measure}>
      <Skeleton height={14} my={4} />
    </Table.Td>
  ));

const Waiting = () =>
  Array.from({ length: 4 }, (_, row) => (
    <Table.Tr key={row}>
      <Table.Td>
        <Skeleton height={14} my={4} />
      </Table.Td>
      <WaitingCells />
    </Table.Tr>
  ));
