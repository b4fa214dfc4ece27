import { Badge, SimpleGrid, Table, Text } from '@mantine/core';
import { count } from '@/lib/format';

export const changeColors: Record<string, string> = { new: 'red', same: 'gray', gone: 'teal' };
const changeWords: Record<string, string> = { new: 'new', same: 'as now', gone: 'no longer' };

/** Whether a match is new, there already, or found no longer. */
export const ChangeBadge = ({ change }: { change: string }) => (
  <Badge color={changeColors[change] ?? 'gray'}>{changeWords[change] ?? change}</Badge>
);

interface Counted {
  word: string;
  value: string;
  isLoud?: boolean;
}

/** Figures side by side. */
export const Counts = ({ of }: { of: Counted[] }) => (
  <SimpleGrid cols={{ base: 2, sm: 3 }} spacing="sm" verticalSpacing="xs">
    {of.map(({ word, value, isLoud }) => (
      <div key={word}>
        <Text size="xs" c="dimmed">
          {word}
        </Text>
        <Text
          fz={20}
          fw={650}
          c={isLoud ? 'light-dark(var(--mantine-color-red-9), var(--mantine-color-red-4))' : undefined}
          style={{ fontVariantNumeric: 'tabular-nums' }}
        >
          {value}
        </Text>
      </div>
    ))}
  </SimpleGrid>
);

interface Row {
  name: string;
  would_match: number;
  newly_matched?: number;
  no_longer_matched?: number;
}

/** Whose calls those are. */
export function Groups({ label, rows }: { label: string; rows: Row[] }) {
  const shown = rows.filter((row) => row.would_match > 0 || (row.no_longer_matched ?? 0) > 0).slice(0, 10);
  if (shown.length === 0) return null;
  const hasChange = shown.some((row) => row.newly_matched !== undefined);
  return (
    <Table fz="sm" verticalSpacing={4} horizontalSpacing={6} aria-label={`By ${label.toLowerCase()}`}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{label}</Table.Th>
          <Table.Th ta="right">Matches</Table.Th>
          {hasChange && <Table.Th ta="right">New</Table.Th>}
          {hasChange && <Table.Th ta="right">Gone</Table.Th>}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody style={{ fontVariantNumeric: 'tabular-nums' }}>
        {shown.map((row) => (
          <Table.Tr key={row.name}>
            <Table.Td style={{ overflowWrap: 'anywhere' }}>{row.name || '–'}</Table.Td>
            <Table.Td ta="right">{count(row.would_match)}</Table.Td>
            {hasChange && <Table.Td ta="right">{count(row.newly_matched ?? 0)}</Table.Td>}
            {hasChange && <Table.Td ta="right">{count(row.no_longer_matched ?? 0)}</Table.Td>}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
