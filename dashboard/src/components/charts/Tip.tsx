import { ColorSwatch, Group, Paper, Text, useMantineTheme, getThemeColor } from '@mantine/core';
import type { ChartData, Row } from '@/lib/series';

interface TipProps {
  title: string;
  row: Row;
  data: ChartData;
  format: (value: number) => string;
  withTotal: boolean;
}

/** What stands at the pointer: the time, and each series that has a value then. */
export function Tip({ title, row, data, format, withTotal }: TipProps) {
  const theme = useMantineTheme();
  const shown = data.series
    .map((one) => ({ ...one, value: row[one.key] }))
    .filter(
      (one): one is typeof one & { value: number } => typeof one.value === 'number' && (!withTotal || one.value > 0),
    );
  const total = shown.reduce((sum, { value }) => sum + value, 0);
  return (
    <Paper withBorder shadow="md" radius="md" px="sm" py={8} maw={300}>
      <Text size="xs" fw={600} mb={4}>
        {title}
      </Text>
      {shown.length === 0 && (
        <Text size="xs" c="dimmed">
          Nothing
        </Text>
      )}
      {shown.map(({ key, label, color, value }) => (
        <Group key={key} gap={8} wrap="nowrap" justify="space-between">
          <Group gap={6} wrap="nowrap" miw={0}>
            <ColorSwatch size={9} withShadow={false} radius={2} color={getThemeColor(color, theme)} />
            <Text size="xs" truncate>
              {label}
            </Text>
          </Group>
          <Text size="xs" style={{ fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' }}>
            {format(value)}
          </Text>
        </Group>
      ))}
      {withTotal && shown.length > 1 && (
        <Group justify="space-between" gap={8} mt={2}>
          <Text size="xs" fw={600}>
            Total
          </Text>
          <Text size="xs" fw={600} style={{ fontVariantNumeric: 'tabular-nums' }}>
            {format(total)}
          </Text>
        </Group>
      )}
    </Paper>
  );
}
