import { Badge, Group, Loader, Stack, Text, Title } from '@mantine/core';
import { CodeBlock } from '@/components/CodeBlock';
import { count, duration } from '@/lib/format';
import { verdicts } from '@/lib/verdict';
import { FindingCard } from './FindingCard';
import type { Tested } from './useTrial';

const SHOWN = 50;

interface OutcomeProps {
  tested: Tested;
  /** Something was typed since. */
  isPending: boolean;
  isBody: boolean;
  isAnswer: boolean;
}

/** The verdict, what was found where, and what the provider would get. */
export function Outcome({ tested, isPending, isBody, isAnswer }: OutcomeProps) {
  const { word, color, meaning } = verdicts[tested.verdict];
  const shown = tested.findings.slice(0, SHOWN);
  const all = tested.findings.length + tested.omitted_findings;
  const hidden = all - shown.length;
  const isUnchangeable =
    tested.verdict === 'rejected' &&
    tested.omitted_findings === 0 &&
    tested.findings.every(({ mode }) => mode !== 'reject');
  return (
    <Stack gap="md">
      <Group gap="sm" justify="space-between">
        <Group gap="sm">
          <Badge color={color} size="lg">
            {word}
          </Badge>
          <Text size="sm" c="dimmed">
            {meaning}
          </Text>
        </Group>
        <Group gap={6} h={18}>
          {isPending && <Loader size={12} aria-label="Trying the rules" />}
          <Text size="xs" c="dimmed">
            inspected in {duration(tested.duration_us / 1000)}
          </Text>
        </Group>
      </Group>
      {all > 0 && (
        <Stack gap="xs">
          <Title order={3} size="h6">
            {count(all)} {all === 1 ? 'finding' : 'findings'}
          </Title>
          {isUnchangeable && (
            <Text size="sm">
              A text stands where nothing may be changed (a name, an id, a number or a key), so the call is refused
              instead.
            </Text>
          )}
          {shown.map((finding, index) => (
            <FindingCard key={index} finding={finding} />
          ))}
          {hidden > 0 && (
            <Text size="sm" c="dimmed">
              and {count(hidden)} more
            </Text>
          )}
        </Stack>
      )}
      <Stack gap="xs">
        <Title order={3} size="h6">
          {isAnswer ? 'What the client would get' : 'What the provider would get'}
        </Title>
        {tested.result === null ? (
          <Text size="sm">Nothing: the call is refused.</Text>
        ) : (
          <CodeBlock
            code={tested.result}
            label={isBody ? 'the body that would be sent' : 'the text that would be sent'}
          />
        )}
      </Stack>
    </Stack>
  );
}
