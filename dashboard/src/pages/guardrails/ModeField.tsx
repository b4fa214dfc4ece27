import { Input, SegmentedControl, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useId } from 'react';
import { type Mode, modes } from '@/lib/rules';

interface ModeFieldProps {
  value: Mode;
  onChange: (mode: Mode) => void;
  disabled?: boolean;
}

/** What a match does to a call. */
export function ModeField({ value, onChange, disabled = false }: ModeFieldProps) {
  const id = useId();
  const isPhone = useMediaQuery('(max-width: 36em)');
  return (
    <div>
      <Input.Label component="div" id={id}>
        When it matches
      </Input.Label>
      <div>
        <SegmentedControl
          aria-labelledby={id}
          value={value}
          disabled={disabled}
          onChange={(mode) => onChange(mode)}
          data={modes.map((mode) => ({ value: mode.value, label: mode.label }))}
          orientation={isPhone ? 'vertical' : 'horizontal'}
        />
      </div>
      <Text size="xs" c="dimmed" mt={6} mih={38}>
        {modes.find((mode) => mode.value === value)?.about}
      </Text>
    </div>
  );
}
