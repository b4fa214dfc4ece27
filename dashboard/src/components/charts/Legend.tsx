import { ColorSwatch, getThemeColor, Group, Text, useMantineTheme } from '@mantine/core';
import type { Series } from '@/lib/series';

interface LegendProps {
  series: readonly Series[];
  format: (value: number) => string;
}

/** Which colour is what, and what it comes to over the range. */
export function Legend({ series, format }: LegendProps) {
  const theme = useMantineTheme();
  return (
    <Group component="ul" gap="4px 16px" m={0} p={0} style={{ listStyle: 'none' }}>
      {series.map(({ key, label, color, total }) => (
        <Group key={key} component="li" gap={6} wrap="nowrap" maw="100%" miw={0}>
          <ColorSwatch size={10} withShadow={false} radius={3} color={getThemeColor(color, theme)} />
          <Text size="xs" truncate title={label} maw={180}>
            {label}
          </Text>
          {total !== null && (
            <Text size="xs" c="dimmed" style={{ fontVariantNumeric: 'tabular-nums' }}>
              {format(total)}
            </Text>
          )}
        </Group>
      ))}
    </Group>
  );
}
