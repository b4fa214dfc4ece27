import { Button, Group, Menu, Modal, Stack, Text } from '@mantine/core';
import { IconDownload, IconLock } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { cache } from '@/api/queries';
import { type EventFilters, exportAddress, isFiltered } from '@/lib/eventFilters';
import { useMinute } from '@/lib/useMinute';

/** Download what matches; with the texts only after a word about it. */
export function Export({ filters }: { filters: EventFilters }) {
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const now = useMinute() * 60_000;
  const link = (format: 'csv' | 'json', withTexts = false) => ({
    component: 'a' as const,
    href: exportAddress(filters, now, format, withTexts),
    download: true,
  });
  const which = isFiltered(filters) ? 'the events that match the filters' : 'all events';
  const close = () => {
    setAsking(false);
    void client.invalidateQueries({ queryKey: cache.log });
  };
  return (
    <>
      <Menu position="bottom-end" shadow="md" width={240} withInitialFocusPlaceholder={false}>
        <Menu.Target>
          <Button variant="default" leftSection={<IconDownload size={16} aria-hidden />}>
            Export
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>Without texts</Menu.Label>
          <Menu.Item {...link('csv')}>CSV</Menu.Item>
          <Menu.Item {...link('json')}>JSON</Menu.Item>
          <Menu.Divider />
          <Menu.Item leftSection={<IconLock size={16} aria-hidden />} onClick={() => setAsking(true)}>
            With texts (recorded)…
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Modal opened={asking} onClose={() => setAsking(false)} title="Export with the sealed texts?">
        <Stack>
          <Text size="sm">
            The file will hold, unsealed, the texts in which something was found, of {which}: prompts, and the secrets
            in them. That you exported them is recorded in the activity log.
          </Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setAsking(false)} data-autofocus>
              Cancel
            </Button>
            <Button {...link('csv', true)} onClick={close}>
              CSV with texts
            </Button>
            <Button {...link('json', true)} onClick={close}>
              JSON with texts
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
