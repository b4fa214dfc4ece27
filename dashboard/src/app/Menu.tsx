import {
  ActionIcon,
  Group,
  Menu as Dropdown,
  Tooltip,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core';
import { IconBook, IconLogout, IconMoon, IconSun, IconUser } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { api } from '@/api/client';
import { failed } from '@/lib/notify';
import { forget } from './queries';

/** Light or dark, the documentation, the way out. */
export function Menu() {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light');
  const other = scheme === 'dark' ? 'light' : 'dark';
  const logout = useMutation({
    mutationFn: (everywhere: boolean) => api.DELETE('/admin/session', { params: { query: { everywhere } } }),
    onSuccess: forget,
    onError: (error) => failed('You are still logged in', error),
  });
  return (
    <Group gap="xs" wrap="nowrap">
      <Tooltip label={`Use the ${other} theme`}>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={`Use the ${other} theme`}
          onClick={() => setColorScheme(other)}
        >
          {scheme === 'dark' ? <IconSun size={20} /> : <IconMoon size={20} />}
        </ActionIcon>
      </Tooltip>
      <Dropdown position="bottom-end" shadow="md" width={220}>
        <Dropdown.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Session">
            <IconUser size={20} />
          </ActionIcon>
        </Dropdown.Target>
        <Dropdown.Dropdown>
          <Dropdown.Item component="a" href="/docs" leftSection={<IconBook size={16} />}>
            API documentation
          </Dropdown.Item>
          <Dropdown.Divider />
          <Dropdown.Item leftSection={<IconLogout size={16} />} onClick={() => logout.mutate(false)}>
            Log out
          </Dropdown.Item>
          <Dropdown.Item leftSection={<IconLogout size={16} />} onClick={() => logout.mutate(true)}>
            Log out everywhere
          </Dropdown.Item>
        </Dropdown.Dropdown>
      </Dropdown>
    </Group>
  );
}
