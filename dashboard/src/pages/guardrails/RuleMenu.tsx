import { ActionIcon, Menu } from '@mantine/core';
import { IconCopy, IconDots, IconEye, IconListSearch, IconPencil, IconTrash } from '@tabler/icons-react';
import { Link } from 'react-router';
import { calledBy, lockOf, type Rule } from '@/lib/ruleList';

interface RuleMenuProps {
  rule: Rule;
  onDelete: (rule: Rule) => void;
  onCopy: (rule: Rule) => void;
}

const sign = { size: 16, 'aria-hidden': true } as const;

/** What can be seen of a rule, and done with it: one of a pack is copied, one's own is edited and deleted. */
export function RuleMenu({ rule, onDelete, onCopy }: RuleMenuProps) {
  const isLocked = lockOf(rule) !== null;
  return (
    <Menu position="bottom-end" shadow="md" width={210}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`Actions for ${calledBy(rule)}`}>
          <IconDots size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          component={Link}
          to={`/guardrails/${rule.id}`}
          leftSection={isLocked ? <IconEye {...sign} /> : <IconPencil {...sign} />}
        >
          {isLocked ? 'View' : 'Edit'}
        </Menu.Item>
        <Menu.Item component={Link} to={`/events?guardrail_id=${rule.id}`} leftSection={<IconListSearch {...sign} />}>
          Events
        </Menu.Item>
        {rule.origin === 'pack' && (
          <Menu.Item leftSection={<IconCopy {...sign} />} onClick={() => onCopy(rule)}>
            Make a copy to change
          </Menu.Item>
        )}
        {!isLocked && (
          <>
            <Menu.Divider />
            <Menu.Item
              c="var(--mantine-color-error)"
              leftSection={<IconTrash {...sign} />}
              onClick={() => onDelete(rule)}
            >
              Delete
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
