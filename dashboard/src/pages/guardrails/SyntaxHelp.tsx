import { Button, Code, Collapse, Table, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { useId } from 'react';

const forms = [
  ['[0-9A-F]  \\d  \\w  \\s', 'one of these: hexadecimal, digit, word character, white space'],
  ['x{16}  x{8,}  x+  x?', 'exactly 16, 8 or more, one or more, one or none'],
  ['\\b', 'the border of a word: \\bkey\\b does not match “monkey”'],
  ['(?i)', 'at the start: upper and lower case alike'],
  ['a|b  (…)  (?:…)', 'one or the other; a group for $1; a group that is only a group'],
  ['(?P<name>…)', 'a group for ${name}'],
  ['\\.  \\x{1F511}', 'a dot itself; a character by its number'],
] as const;

/** What a pattern may say. */
export function SyntaxHelp() {
  const [opened, { toggle }] = useDisclosure();
  const id = useId();
  return (
    <div>
      <Button
        variant="subtle"
        size="compact-sm"
        onClick={toggle}
        aria-expanded={opened}
        aria-controls={id}
        leftSection={opened ? <IconChevronDown size={14} /> : <IconChevronRight size={14} />}
      >
        Syntax help
      </Button>
      <Collapse expanded={opened} id={id}>
        <Table fz="xs" mt="xs" verticalSpacing={4} horizontalSpacing="xs" aria-label="What a pattern may say">
          <Table.Tbody>
            {forms.map(([form, meaning]) => (
              <Table.Tr key={form}>
                <Table.Td>
                  <Code style={{ whiteSpace: 'pre-wrap' }}>{form}</Code>
                </Table.Td>
                <Table.Td>{meaning}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        <Text size="xs" c="dimmed" mt="xs">
          No look-around (<Code>(?=…)</Code>) and no back-references (<Code>\1</Code>): without them every pattern takes
          linear time, so none can hang the gateway. A pattern that matches the empty string is refused.
        </Text>
      </Collapse>
    </div>
  );
}
