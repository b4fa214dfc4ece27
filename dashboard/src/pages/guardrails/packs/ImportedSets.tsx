import { Anchor, Button, Card, Group, Skeleton, Stack, Text } from '@mantine/core';
import { IconUpload } from '@tabler/icons-react';
import { Link } from 'react-router';
import { count } from '@/lib/format';
import { importedSets, rulesIn } from '@/lib/packs';
import type { Rule } from '@/lib/ruleList';
import { Hits } from './PackCard';

/** The rule sets that were imported, and the way to bring another. */
export function ImportedSets({ rules }: { rules: readonly Rule[] | undefined }) {
  if (!rules) return <Skeleton height={76} />;
  const sets = importedSets(rules);
  return (
    <Stack gap="xs">
      {sets.map((set) => {
        const on = set.rules.filter((rule) => rule.enabled).length;
        return (
          <Card key={set.source} component="article" padding="md">
            <Group justify="space-between" gap="xs">
              <Anchor
                component={Link}
                to={`/guardrails?from=${encodeURIComponent(set.source)}`}
                fw={600}
                style={{ overflowWrap: 'anywhere' }}
              >
                {set.name}
              </Anchor>
              <Text size="sm" c="dimmed" component="div">
                {on < set.rules.length ? `${count(on)} of ` : ''}
                {rulesIn(set.rules.length)}
                <Hits rules={set.rules} source={set.source} />
              </Text>
            </Group>
          </Card>
        );
      })}
      <Group>
        <Button
          component={Link}
          to="/guardrails/import"
          variant="default"
          leftSection={<IconUpload size={16} aria-hidden />}
        >
          Import a rule set
        </Button>
        {sets.length === 0 && (
          <Text size="sm" c="dimmed">
            gitleaks, Nosey Parker and Kingfisher, or a file of your own.
          </Text>
        )}
      </Group>
    </Stack>
  );
}
