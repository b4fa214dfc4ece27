import { ActionIcon, Button, Checkbox, Group, Stack, Text, Textarea } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { monospace, type PartProps } from './part';

/** Texts by which the gateway checks the rule at each change. */
export function ExampleFields({ rule, set, faultOf }: PartProps) {
  const { examples } = rule;
  const change = (index: number, some: Partial<(typeof examples)[number]>) =>
    set({ examples: examples.map((each, at) => (at === index ? { ...each, ...some } : each)) });
  return (
    <Stack gap="sm">
      <Text size="xs" c="dimmed">
        The rule is not saved when it finds something in a text that should pass, or nothing in one that should not.
      </Text>
      {examples.map((example, index) => (
        <Group key={index} align="flex-start" gap="xs" wrap="nowrap">
          <Stack gap={6} style={{ flex: 1 }}>
            <Textarea
              aria-label={`Example ${index + 1}`}
              value={example.text}
              onChange={(event) => change(index, { text: event.currentTarget.value })}
              autosize
              minRows={1}
              maxRows={6}
              spellCheck={false}
              styles={monospace}
            />
            <Checkbox
              size="xs"
              label="The rule finds something in it"
              checked={example.match}
              onChange={(event) => change(index, { match: event.currentTarget.checked })}
            />
          </Stack>
          <ActionIcon
            variant="subtle"
            color="red"
            aria-label={`Remove example ${index + 1}`}
            onClick={() => set({ examples: examples.filter((_, at) => at !== index) })}
          >
            <IconTrash size={16} />
          </ActionIcon>
        </Group>
      ))}
      {faultOf('examples') && (
        <Text size="xs" c="var(--mantine-color-error)" role="alert">
          {faultOf('examples')}
        </Text>
      )}
      <div>
        <Button
          variant="default"
          size="xs"
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={() => set({ examples: [...examples, { text: '', match: true }] })}
        >
          Add an example
        </Button>
      </div>
    </Stack>
  );
}
