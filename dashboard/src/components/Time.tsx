import { Text, Tooltip } from '@mantine/core';
import { ago, localTime, utcTime } from '@/lib/format';

interface TimeProps {
  value: string | null | undefined;
  /** Tell how long ago instead of when. */
  relative?: boolean;
  /** What stands where there is no time. */
  never?: string;
}

/** An instant in the reader's zone; UTC on hover and focus. */
export function Time({ value, relative = false, never = '–' }: TimeProps) {
  if (!value)
    return (
      <Text span inherit c="dimmed">
        {never}
      </Text>
    );
  const label = relative ? `${localTime(value)} · ${utcTime(value)}` : utcTime(value);
  return (
    <Tooltip label={label}>
      <time dateTime={value} style={{ whiteSpace: 'nowrap' }}>
        {relative ? ago(value) : localTime(value)}
      </time>
    </Tooltip>
  );
}
