import { Button, Card, Code, Group, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { IconPackages, IconPlus, IconShieldCheck } from '@tabler/icons-react';
import { Link } from 'react-router';
import { ModeBadge } from '@/components/Badges';
import { Empty } from '@/components/Empty';
import { ruleExamples } from '@/lib/ruleExamples';

/** What rules are for, and three to start from. */
export function NoRules() {
  return (
    <Stack gap="xs">
      <Empty
        icon={IconShieldCheck}
        title="No rules yet: every request passes"
        action={
          <Group gap="sm" mt="xs" justify="center">
            <Button component={Link} to="/guardrails/packs" leftSection={<IconPackages size={16} aria-hidden />}>
              Switch on a pack
            </Button>
            <Button
              component={Link}
              to="/guardrails/new"
              variant="default"
              leftSection={<IconPlus size={16} aria-hidden />}
            >
              Create a rule
            </Button>
          </Group>
        }
      >
        A guard rail is a pattern that is looked for in every text of every request, before it leaves for a provider. A
        call in which it is found is refused, or sent on with the finding replaced. Either way it leaves an event. Packs
        bring rules for the secrets and personal data that most gateways meet.
      </Empty>
      <Title order={3} size="h5">
        Or start from one of these
      </Title>
      <SimpleGrid cols={{ base: 1, sm: 3 }}>
        {ruleExamples.map((example) => (
          <Card key={example.name} padding="md" component="article">
            <Stack gap="xs" h="100%">
              <Group justify="space-between" wrap="nowrap" gap="xs">
                <Text fw={600} size="sm">
                  {example.title}
                </Text>
                <ModeBadge mode={example.mode} />
              </Group>
              <Text size="sm" c="dimmed">
                {example.about}
              </Text>
              <Code style={{ overflowWrap: 'anywhere' }}>{example.pattern}</Code>
              <Button
                component={Link}
                to={`/guardrails/new?example=${example.name}`}
                variant="default"
                size="xs"
                mt="auto"
                aria-label={`Start from this: ${example.title}`}
              >
                Start from this
              </Button>
            </Stack>
          </Card>
        ))}
      </SimpleGrid>
    </Stack>
  );
}
