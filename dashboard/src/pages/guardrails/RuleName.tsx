import { Anchor, Box, Group, Text, Tooltip } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { Link } from 'react-router';
import { calledBy, type Rule } from '@/lib/ruleList';

interface RuleNameProps {
  rule: Rule;
  width: number | string;
}

/** What a rule is called, below it its pattern when that is something else, and a sign when there is a word about it. */
export function RuleName({ rule, width }: RuleNameProps) {
  const tone = rule.enabled ? 'inherit' : 'dimmed';
  return (
    <Box maw={width} miw={0}>
      <Group gap={6} wrap="nowrap">
        <Anchor
          component={Link}
          to={`/guardrails/${rule.id}`}
          size="sm"
          fw={550}
          c={tone}
          underline="hover"
          ff={rule.name ? undefined : 'monospace'}
          truncate
          title={calledBy(rule)}
        >
          {calledBy(rule)}
        </Anchor>
        {rule.warnings.length > 0 && <Warned warnings={rule.warnings} />}
      </Group>
      {rule.name !== '' && (
        <Text size="xs" ff="monospace" c="dimmed" truncate title={rule.pattern}>
          {rule.pattern}
        </Text>
      )}
    </Box>
  );
}

function Warned({ warnings }: { warnings: readonly string[] }) {
  const words = warnings.join(' ');
  return (
    <Tooltip label={words} multiline maw={300}>
      <Box
        role="img"
        aria-label={words}
        tabIndex={0}
        c="var(--warning-color)"
        style={{ display: 'flex', flexShrink: 0 }}
      >
        <IconAlertTriangle size={15} aria-hidden />
      </Box>
    </Tooltip>
  );
}
