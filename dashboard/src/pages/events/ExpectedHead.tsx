import { ActionIcon, Popover, TextInput, Tooltip } from '@mantine/core';
import { IconAnchor } from '@tabler/icons-react';
import { isHead } from '@/lib/chain';

interface ExpectedHeadProps {
  value: string;
  onChange: (value: string) => void;
}

/** A head that was noted earlier: the chain must still hold it. */
export function ExpectedHead({ value, onChange }: ExpectedHeadProps) {
  return (
    <Popover position="bottom-end" width={300} trapFocus shadow="md">
      <Popover.Target>
        <Tooltip label="Compare with a head that was noted earlier">
          <ActionIcon
            variant={value === '' ? 'subtle' : 'light'}
            color={value === '' ? 'gray' : undefined}
            aria-label="Compare with a noted head"
          >
            <IconAnchor size={16} />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown>
        <TextInput
          label="Head that was noted earlier"
          description="number:hash, or the hash alone. The chain must still hold it."
          value={value}
          onChange={(event) => onChange(event.currentTarget.value.trim())}
          error={isHead(value) ? null : 'Not a head: 64 hexadecimal digits, a number and a colon before them.'}
          autoComplete="off"
          spellCheck={false}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        />
      </Popover.Dropdown>
    </Popover>
  );
}
