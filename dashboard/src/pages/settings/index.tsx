import { Alert, Anchor, Badge, Code, Group, SimpleGrid, Stack, Text, TextInput, Title } from '@mantine/core';
import { IconAlertTriangle, IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, data, type Schema } from '@/api/client';
import { cache, useAbout } from '@/api/queries';
import { Empty } from '@/components/Empty';
import { Failure } from '@/components/Failure';
import { Figure } from '@/components/Figure';
import { Page } from '@/components/Page';
import { type Column, DataTable } from '@/components/Table';
import { Time } from '@/components/Time';
import { bytes, count, duration } from '@/lib/format';

type Setting = Schema<'SettingView'>;

const sourceColors: Record<Setting['source'], string> = {
  environment: 'teal',
  'secret file': 'teal',
  'configuration file': 'indigo',
  default: 'gray',
};

const columns: Column<Setting>[] = [
  {
    title: 'Setting',
    render: (setting) => (
      <Stack gap={2}>
        <Text size="sm" ff="monospace" fw={550}>
          {setting.name}
        </Text>
        <Text size="xs" c="dimmed" maw={520}>
          {setting.description.replaceAll('`', '')}
        </Text>
      </Stack>
    ),
  },
  { title: 'Value', render: (setting) => <Value setting={setting} /> },
  {
    title: 'From',
    render: ({ source }) => <Badge color={sourceColors[source]}>{source}</Badge>,
    width: 160,
  },
  {
    title: 'Default',
    render: ({ default: standard }) => (
      <Text size="sm" ff="monospace" c="dimmed">
        {standard === null || standard === '' ? '–' : standard}
      </Text>
    ),
    width: 150,
  },
];

function Value({ setting }: { setting: Setting }) {
  if (setting.is_secret)
    return (
      <Text size="sm" c="dimmed">
        {setting.is_set ? '•••••••• (set)' : 'not set'}
      </Text>
    );
  if (setting.value === null || setting.value === '')
    return (
      <Text size="sm" c="dimmed">
        –
      </Text>
    );
  return <Code style={{ overflowWrap: 'anywhere' }}>{setting.value}</Code>;
}

/** What is in force and where it was set; what runs here. Settings are changed where they come from, not here. */
export function Settings() {
  const [search, setSearch] = useState('');
  const settings = useQuery({
    queryKey: cache.settings,
    queryFn: ({ signal }) => data(api.GET('/admin/settings', { signal })),
  });
  const wanted = search.trim().toLowerCase();
  const shown = settings.data?.records.filter(({ name, description }) =>
    `${name} ${description}`.toLowerCase().includes(wanted),
  );
  return (
    <Page
      title="Settings"
      about={
        <>
          What is in force on this gateway. Change a setting where it comes from and restart; the admin API is described
          at{' '}
          <Anchor href="/docs" underline="always">
            /docs
          </Anchor>
          .
        </>
      }
    >
      <About />
      <Group justify="space-between" align="flex-end">
        <Title order={2} size="h4">
          Effective settings
        </Title>
        <TextInput
          aria-label="Search settings"
          placeholder="Search"
          leftSection={<IconSearch size={16} />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
      </Group>
      {settings.error ? (
        <Failure error={settings.error} title="The settings could not be read" retry={() => void settings.refetch()} />
      ) : (
        <DataTable
          label="Settings"
          columns={columns}
          rows={shown}
          rowKey={({ name }) => name}
          expected={12}
          empty={
            <Empty icon={IconSearch} title="No such setting">
              Nothing is called “{search}”. Clear the search to see all settings.
            </Empty>
          }
        />
      )}
    </Page>
  );
}

function About() {
  const about = useAbout();
  if (about.error)
    return <Failure error={about.error} title="The process could not be asked" retry={() => void about.refetch()} />;
  const told = about.data;
  return (
    <Stack gap="sm">
      {told && told.faults.length > 0 && (
        <Alert color="red" icon={<IconAlertTriangle size={18} />} title="This process is not ready">
          {told.faults.join('; ')}
        </Alert>
      )}
      <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }} spacing="md">
        <Figure label="Version" value={told?.version} detail={told && `Python ${told.python_version}`} />
        <Figure
          label="Up since"
          value={told && duration(told.uptime_s * 1000)}
          detail={told && <Time value={told.started_at} />}
        />
        <Figure
          label="Database"
          value={told && bytes(told.database_bytes)}
          detail={told && `SQLite ${told.sqlite_version}`}
        />
        <Figure
          label="Objects"
          value={told && count(told.keys)}
          detail={told && `keys, ${count(told.providers)} providers, ${count(told.guardrails)} guard rails`}
        />
      </SimpleGrid>
      <Text size="xs" c="dimmed" mih={19}>
        {told?.platform}
      </Text>
    </Stack>
  );
}
