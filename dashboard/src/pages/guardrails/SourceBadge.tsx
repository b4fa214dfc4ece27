import { Badge, Tooltip } from '@mantine/core';
import { IconLock } from '@tabler/icons-react';
import { lockOf, type Rule, sourceOf, sourceWord } from '@/lib/ruleList';

/** Where a rule comes from. A lock says that it is not changed here; why, and where it is, is told on hover and focus. */
export function SourceBadge({ rule }: { rule: Rule }) {
  const lock = lockOf(rule);
  const word = sourceWord(sourceOf(rule));
  const badge = (
    <Badge
      variant="default"
      leftSection={lock && <IconLock size={12} aria-hidden />}
      w="max-content"
      maw={150}
      tabIndex={lock ? 0 : undefined}
      title={lock ? undefined : word}
    >
      {word}
    </Badge>
  );
  if (!lock) return badge;
  return (
    <Tooltip label={lock} multiline maw={300}>
      {badge}
    </Tooltip>
  );
}
