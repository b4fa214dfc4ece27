import { Input, SegmentedControl, Text } from '@mantine/core';
import { useId } from 'react';
import type { RuleFields } from '@/lib/ruleExamples';

const meanings: Record<RuleFields['mode'], string> = {
  reject: 'The call is refused with status 400 and nothing goes to the provider.',
  replace:
    'Each match is replaced and the call goes on. Where a text must not be changed, such as a name, an id or a key of an object, the call is refused.',
};

interface ModeFieldProps {
  value: RuleFields['mode'];
  onChange: (mode: RuleFields['mode']) => void;
}

/** What a match does to a call. */
export function ModeField({ value, onChange }: ModeFieldProps) {
  const id = useId();
  return (
    <div>
      <Input.Label component="div" id={id}>
        When it matches
      </Input.Label>
      <div>
        <SegmentedControl
          aria-labelledby={id}
          value={value}
          onChange={(mode) => onChange(mode)}
          data={[
            { value: 'reject', label: 'Reject' },
            { value: 'replace', label: 'Replace' },
          ]}
        />
      </div>
      <Text size="xs" c="dimmed" mt={6} mih={38}>
        {meanings[value]}
      </Text>
    </div>
  );
}
