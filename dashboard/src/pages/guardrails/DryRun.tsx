import { Alert, Button, Collapse, List, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useState } from 'react';
import { Marked } from '@/components/Marked';
import { count } from '@/lib/format';
import type { Checked } from './useChecked';

/** What an author should know before saving: ordinary texts that the rule would flag, and what else is odd. */
export function DryRun({ checked }: { checked: Checked }) {
  const [isOpen, setOpen] = useState(false);
  const { answer } = checked;
  if (answer?.ok !== true) return null;
  const { dry_run } = answer;
  const warnings = answer.warnings.filter((warning) => !warning.startsWith('It would flag'));
  const flagged = dry_run?.flagged ?? 0;
  return (
    <Stack gap="xs" aria-live="polite">
      {dry_run && (
        <Text size="xs" c={flagged > 0 ? 'var(--warning-color)' : 'dimmed'}>
          It would flag {count(flagged)} of {count(dry_run.texts)} ordinary texts.{' '}
          {flagged > 0 && (
            <Button variant="subtle" size="compact-xs" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
              {isOpen ? 'Hide them' : 'Show them'}
            </Button>
          )}
        </Text>
      )}
      {dry_run && flagged > 0 && (
        <Collapse expanded={isOpen}>
          <Stack gap={6}>
            {dry_run.examples.map((example, index) => (
              <Text
                key={index}
                size="xs"
                component="div"
                p={6}
                style={{ borderLeft: '3px solid var(--mantine-color-orange-5)' }}
              >
                <Marked text={example.text} spans={example.spans} color="blue" />
              </Text>
            ))}
          </Stack>
        </Collapse>
      )}
      {warnings.length > 0 && (
        <Alert color="orange" variant="light" icon={<IconAlertTriangle size={18} aria-hidden />} p="xs">
          <List size="xs">
            {warnings.map((warning) => (
              <List.Item key={warning}>{warning}</List.Item>
            ))}
          </List>
        </Alert>
      )}
    </Stack>
  );
}
