import { Badge, Box, Button, Card, Code, Group, Loader, Stack, Table, Text, Title } from '@mantine/core';
import { IconHistory } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, data, type Schema } from '@/api/client';
import { cache } from '@/api/queries';
import { Confirm } from '@/components/Confirm';
import { Failure } from '@/components/Failure';
import { Time } from '@/components/Time';
import { done } from '@/lib/notify';
import { differences } from '@/lib/versions';
import { refreshRules } from './rule';

type Version = Schema<'GuardrailVersion'>;

interface VersionsProps {
  id: string;
  /** The rule is gone: what it said last can be restored too. */
  isDeleted?: boolean;
  /** The rule is changed elsewhere: nothing is restored here. */
  isLocked?: boolean;
}

/** What the rule was: who changed what and when, and the way back. */
export function Versions({ id, isDeleted = false, isLocked = false }: VersionsProps) {
  const [wanted, setWanted] = useState<Version | null>(null);
  const versions = useQuery({
    queryKey: [...cache.guardrails, id, 'versions'],
    queryFn: ({ signal }) => data(api.GET('/admin/guardrails/{id}/versions', { params: { path: { id } }, signal })),
  });
  const known = versions.data ?? [];
  return (
    <Card component="section" aria-label="Versions">
      <Stack>
        <div>
          <Title order={2} size="h4">
            Versions
          </Title>
          <Text size="xs" c="dimmed">
            Every change is kept and cannot be altered. Restoring one makes a new version.
          </Text>
        </div>
        {versions.error && (
          <Failure
            error={versions.error}
            title="The versions could not be read"
            retry={() => void versions.refetch()}
          />
        )}
        {versions.isPending && <Loader size="sm" aria-label="Reading the versions" />}
        {versions.data?.length === 0 && (
          <Text size="sm" c="dimmed">
            No version of this rule is kept here.
          </Text>
        )}
        {known.map((version, index) => (
          <VersionCard
            key={version.version}
            version={version}
            before={known[index + 1]}
            isNow={index === 0 && !isDeleted}
            onRestore={isLocked || (index === 0 && !isDeleted) ? undefined : () => setWanted(version)}
          />
        ))}
      </Stack>
      {wanted && <Restore id={id} version={wanted} now={known[0]} onClose={() => setWanted(null)} />}
    </Card>
  );
}

interface VersionCardProps {
  version: Version;
  before: Version | undefined;
  isNow: boolean;
  onRestore: (() => void) | undefined;
}

const VersionCard = ({ version, before, isNow, onRestore }: VersionCardProps) => (
  <Box p="sm" style={{ border: '1px solid var(--mantine-color-default-border)', borderRadius: 8 }}>
    <Group justify="space-between" gap="xs" mb={4}>
      <Group gap="xs">
        <Text size="sm" fw={600}>
          Version {version.version}
        </Text>
        {isNow && <Badge color="teal">now</Badge>}
        <Text size="sm">{version.change.split(':')[0]}</Text>
      </Group>
      {onRestore && (
        <Button
          size="compact-xs"
          variant="default"
          leftSection={<IconHistory size={14} aria-hidden />}
          aria-label={`Restore version ${version.version}`}
          onClick={onRestore}
        >
          Restore
        </Button>
      )}
    </Group>
    <Text size="xs" c="dimmed">
      <Time value={version.at} /> · {version.by || 'unknown'}
    </Text>
    {before && <Differences before={before} after={version} />}
  </Box>
);

function Differences({ before, after }: { before: Version; after: Version }) {
  const changed = differences(before.rule, after.rule);
  if (changed.length === 0) return null;
  return (
    <Table fz="xs" mt={6} verticalSpacing={4} horizontalSpacing={6} layout="fixed" aria-label="What changed">
      <Table.Tbody>
        {changed.map(({ name, before: was, after: is }) => (
          <Table.Tr key={name}>
            <Table.Td w="28%" style={{ overflowWrap: 'anywhere', verticalAlign: 'top' }}>
              {name.replaceAll('_', ' ')}
            </Table.Td>
            <Table.Td>
              <Stack gap={3}>
                <Said sign="−" word="before" color="red" text={was} />
                <Said sign="+" word="after" color="teal" text={is} />
              </Stack>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

const Said = ({ sign, word, color, text }: { sign: string; word: string; color: string; text: string }) => (
  <Code
    bg={`light-dark(var(--mantine-color-${color}-0), color-mix(in srgb, var(--mantine-color-${color}-9) 25%, transparent))`}
    style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}
  >
    <span aria-hidden>{sign} </span>
    <span className="visually-hidden">{word}: </span>
    {text}
  </Code>
);

interface RestoreProps {
  id: string;
  version: Version;
  now: Version | undefined;
  onClose: () => void;
}

/** Ask, with what would change, then make the rule what it was. */
function Restore({ id, version, now, onClose }: RestoreProps) {
  const client = useQueryClient();
  const restoring = useMutation({
    mutationFn: () =>
      data(
        api.POST('/admin/guardrails/{id}/versions/{version}/restore', {
          params: { path: { id, version: version.version } },
        }),
      ),
    onSuccess: () => {
      done(`The rule is what it was at version ${version.version}, and in force.`);
      onClose();
    },
    onSettled: () => void refreshRules(client),
  });
  return (
    <Confirm
      opened
      title={`Restore version ${version.version}?`}
      action="Restore"
      isSafe
      busy={restoring.isPending}
      error={restoring.error}
      onConfirm={() => restoring.mutate()}
      onClose={onClose}
    >
      <Text size="sm">
        The rule becomes what it was then, as a new version that is in force at once. What is written in the editor and
        not saved is lost.
      </Text>
      {now && <Differences before={now} after={version} />}
    </Confirm>
  );
}
