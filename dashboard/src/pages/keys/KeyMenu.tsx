import { ActionIcon, Menu } from '@mantine/core';
import { IconBan, IconChartBar, IconDots, IconListSearch, IconMessageChatbot, IconPencil } from '@tabler/icons-react';
import { Link } from 'react-router';
import type { Key } from '@/lib/keys';

interface KeyMenuProps {
  apiKey: Key;
  onEdit: (key: Key) => void;
  onRevoke: (key: Key) => void;
}

/** What can be seen of a key, and done with it; of a revoked one, only seen. */
export function KeyMenu({ apiKey, onEdit, onRevoke }: KeyMenuProps) {
  const { id, name, revoked_at: revoked } = apiKey;
  return (
    <Menu position="bottom-end" shadow="md" width={200}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`Actions for ${name}`}>
          <IconDots size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component={Link} to={`/usage?api_key_id=${id}`} leftSection={<IconChartBar size={16} aria-hidden />}>
          Usage
        </Menu.Item>
        <Menu.Item
          component={Link}
          to={`/events?api_key_id=${id}`}
          leftSection={<IconListSearch size={16} aria-hidden />}
        >
          Events
        </Menu.Item>
        {!revoked && (
          <>
            <Menu.Item
              component={Link}
              to={`/playground?key=${id}`}
              leftSection={<IconMessageChatbot size={16} aria-hidden />}
            >
              Playground
            </Menu.Item>
            <Menu.Divider />
            <Menu.Item leftSection={<IconPencil size={16} aria-hidden />} onClick={() => onEdit(apiKey)}>
              Edit
            </Menu.Item>
            <Menu.Item
              c="var(--mantine-color-error)"
              leftSection={<IconBan size={16} aria-hidden />}
              onClick={() => onRevoke(apiKey)}
            >
              Revoke
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
