import { Badge, Box, Button, Card, Group, Stack, Text, ThemeIcon, Title } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { CodeBlock } from '@/components/CodeBlock';

interface ChecklistProps {
  hasProvider: boolean;
  hasKey: boolean;
  hasCall: boolean;
}

const firstCall = `curl ${window.location.origin}/v1/chat/completions \\
  -H "Authorization: Bearer $LLMP_KEY" -H "Content-Type: application/json" \\
  -d '{"model": "your-model", "messages": [{"role": "user", "content": "Hello"}]}'`;

/** From a new gateway to its first call, in three steps. */
export function Checklist({ hasProvider, hasKey, hasCall }: ChecklistProps) {
  const next = [hasProvider, hasKey, hasCall].indexOf(false);
  return (
    <Card component="section" aria-label="Getting started">
      <Title order={2} size="h4">
        Three steps to the first call
      </Title>
      <Text size="sm" c="dimmed" mb="lg">
        Your figures and charts will stand here as soon as calls go through the gateway.
      </Text>
      <Stack component="ol" gap="lg" m={0} p={0} style={{ listStyle: 'none' }}>
        <Step
          number={1}
          done={hasProvider}
          next={next === 0}
          title="Create a provider"
          action={{ to: '/providers', text: 'Create a provider' }}
        >
          Where calls are sent: an address and its credential. To look around first, the address{' '}
          <Text span inherit ff="monospace">
            sandbox:
          </Text>{' '}
          is a model that is built in and answers offline.
        </Step>
        <Step
          number={2}
          done={hasKey}
          next={next === 1}
          title="Create a key"
          action={{ to: '/keys', text: 'Create a key' }}
        >
          What your programs call with, instead of the provider&apos;s credential. It can have a limit, and be revoked.
        </Step>
        <Step
          number={3}
          done={hasCall}
          next={next === 2}
          title="Send the first call"
          action={{ to: '/playground', text: 'Open the playground' }}
        >
          Try it in the playground{next === 2 ? ', or from a shell:' : '.'}
          {next === 2 && (
            <Box mt="sm">
              <CodeBlock code={firstCall} label="the first call" />
            </Box>
          )}
        </Step>
      </Stack>
    </Card>
  );
}

interface StepProps {
  number: number;
  done: boolean;
  next: boolean;
  title: string;
  children: ReactNode;
  action: { to: string; text: string };
}

function Step({ number, done, next, title, children, action }: StepProps) {
  return (
    <Group component="li" align="flex-start" wrap="nowrap" gap="md" aria-current={next ? 'step' : undefined}>
      <ThemeIcon radius="xl" size={30} variant={done || next ? 'filled' : 'default'} aria-hidden>
        {done ? (
          <IconCheck size={18} />
        ) : (
          <Text size="sm" fw={600} inherit={next}>
            {number}
          </Text>
        )}
      </ThemeIcon>
      <Box flex={1} miw={0}>
        <Group gap="xs">
          <Title order={3} size="h5" lh="30px">
            {title}
          </Title>
          {done && <Badge color="teal">Done</Badge>}
          {next && <Badge color="blue">Next</Badge>}
        </Group>
        <Text size="sm" c="dimmed" component="div">
          {children}
        </Text>
        {!done && (
          <Button component={Link} to={action.to} size="xs" mt="sm" variant={next ? 'filled' : 'default'}>
            {action.text}
          </Button>
        )}
      </Box>
    </Group>
  );
}
