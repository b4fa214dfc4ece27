import { ActionIcon, Group, Text, Tooltip } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';

interface RefreshProps {
  /** When the page's numbers were read, in milliseconds; 0 while they never were. */
  at: number;
  busy: boolean;
  /** Whether the last attempt failed: what is shown is older than it should be. */
  failed: boolean;
  onRefresh: () => void;
}

const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });

/** When the numbers were read, and a button that reads them again. */
export function Refresh({ at, busy, failed, onRefresh }: RefreshProps) {
  return (
    <Group gap={6} wrap="nowrap">
      <Text
        size="xs"
        c={failed ? 'red' : 'dimmed'}
        miw={{ base: 0, xs: 112 }}
        ta="right"
        style={{ fontVariantNumeric: 'tabular-nums' }}
      >
        {at === 0 ? ' ' : `${failed ? 'Not since' : 'Updated'} ${clock.format(at)}`}
      </Text>
      <Tooltip label="Refresh now">
        <ActionIcon variant="default" size={36} aria-label="Refresh now" onClick={onRefresh} aria-busy={busy}>
          <IconRefresh size={16} style={busy ? { opacity: 0.5 } : undefined} />
        </ActionIcon>
      </Tooltip>
    </Group>
  );
}
