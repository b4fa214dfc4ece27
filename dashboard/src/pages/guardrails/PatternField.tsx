import { Group, Loader, Text, Textarea } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { Cost } from './Cost';
import type { Checked } from './useChecked';

interface PatternFieldProps {
  value: string;
  onChange: (value: string) => void;
  /** What the gateway says of it; none where it is not asked. */
  checked: Checked | undefined;
  /** Why the gateway did not take it when it was to be saved. */
  refused: string | null;
}

/** The pattern, and what the gateway says of it while it is written. */
export function PatternField({ value, onChange, checked, refused }: PatternFieldProps) {
  const { answer, isPending, error } = checked ?? { answer: undefined, isPending: false, error: null };
  const isOurs = (answer?.param ?? 'pattern') === 'pattern';
  const fault = answer?.ok === false && isOurs ? (answer.reason ?? 'The gateway does not take this pattern.') : refused;
  return (
    <div>
      <Textarea
        label="Pattern"
        description={checked && 'RE2 syntax, at most 4 KB'}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return;
          event.preventDefault();
          event.currentTarget.form?.requestSubmit();
        }}
        error={fault}
        autosize
        minRows={2}
        maxRows={8}
        required
        autoFocus={value === ''}
        autoComplete="off"
        spellCheck={false}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
      />
      {value.includes('\n') && (
        <Text size="xs" c="var(--warning-color)" mt={6}>
          The pattern holds a line break, and only matches where the text has one too.
        </Text>
      )}
      <Group gap={6} mt={6} mih={22} role="status">
        {error && (
          <Text size="xs" c="dimmed">
            The gateway could not check the pattern: {error.message}
          </Text>
        )}
        {!error && isPending && <Loader size={12} aria-label="Checking the pattern" />}
        {!error && !isPending && value === '' && (
          <Text size="xs" c="dimmed">
            Checked by the gateway while you type
          </Text>
        )}
        {!error && answer?.ok && value !== '' && (
          <>
            {!isPending && <IconCircleCheck size={15} color="var(--mantine-color-teal-6)" aria-hidden />}
            <Text size="xs" c="dimmed" component="div">
              Valid; for ordinary text it costs <Cost us={answer.cost_us_per_kb} />
            </Text>
          </>
        )}
      </Group>
    </div>
  );
}
