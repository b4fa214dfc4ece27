import { Alert, Button, Drawer, Group, Skeleton, Stack, Table, Text, TextInput } from '@mantine/core';
import { IconInfoCircle, IconSearch } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { api, data } from '@/api/client';
import { usePack } from '@/api/queries';
import { SeverityBadge } from '@/components/Badges';
import { Failure } from '@/components/Failure';
import { count } from '@/lib/format';
import { failed } from '@/lib/notify';
import { isSetByFile, type Pack, packTitle, rulesIn } from '@/lib/packs';
import { anyRule, matchingRules, type Rule } from '@/lib/ruleList';
import { useLast } from '@/lib/useLast';
import { CopyRule } from '../CopyRule';
import { refreshRules } from '../rule';
import { RuleHits } from '../RuleHits';
import { RuleMenu } from '../RuleMenu';
import { RuleMode } from '../RuleMode';
import { RuleName } from '../RuleName';
import { RuleSwitch } from '../RuleSwitch';

interface PackDrawerProps {
  pack: Pack | null;
  onClose: () => void;
  onSwitch: (enabled: boolean) => void;
}

/** The rules of a pack, each with its switch. */
export function PackDrawer({ pack, onClose, onSwitch }: PackDrawerProps) {
  const shown = useLast(pack);
  return (
    <Drawer
      opened={pack !== null}
      onClose={onClose}
      position="right"
      size={760}
      title={shown && `${packTitle(shown.name)}: ${rulesIn(shown.rule_count)}`}
      closeButtonProps={{ 'aria-label': 'Close' }}
      styles={{ title: { fontWeight: 650 } }}
    >
      {shown && <Rules key={shown.name} pack={shown} onSwitch={onSwitch} />}
    </Drawer>
  );
}

function Rules({ pack, onSwitch }: { pack: Pack; onSwitch: (enabled: boolean) => void }) {
  const detail = usePack(pack.name);
  const [search, setSearch] = useState('');
  const [copied, setCopied] = useState<Rule | null>(null);
  const rows = useMemo(
    () => detail.data && matchingRules(detail.data.rules, { ...anyRule, search }),
    [detail.data, search],
  );
  if (detail.error)
    return <Failure error={detail.error} title="Its rules could not be read" retry={() => void detail.refetch()} />;
  return (
    <Stack gap="sm">
      {!pack.enabled && (
        <Alert color="gray" icon={<IconInfoCircle size={18} aria-hidden />} p="sm">
          <Group justify="space-between" gap="xs">
            <Text size="sm">The pack is off: none of these is applied.</Text>
            {!isSetByFile(pack) && (
              <Button size="xs" onClick={() => onSwitch(true)}>
                Switch it on
              </Button>
            )}
          </Group>
        </Alert>
      )}
      <Group gap="sm">
        <TextInput
          aria-label="Search its rules"
          placeholder="Search names and patterns"
          leftSection={<IconSearch size={16} aria-hidden />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          flex={1}
          miw={200}
          spellCheck={false}
          autoComplete="off"
          data-autofocus
        />
        {pack.disabled_rules.length > 0 && !isSetByFile(pack) && <AllOn pack={pack} />}
      </Group>
      {rows ? <RuleTable pack={pack} rows={rows} onCopy={setCopied} /> : <Skeleton height={400} />}
      {copied && <CopyRule rule={copied} onClose={() => setCopied(null)} />}
    </Stack>
  );
}

/** The way back from leaving rules out. */
function AllOn({ pack }: { pack: Pack }) {
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: () =>
      data(api.PATCH('/admin/packs/{name}', { params: { path: { name: pack.name } }, body: { disabled_rules: [] } })),
    onError: (error) => failed('The rules could not be enabled', error),
    onSettled: () => refreshRules(client),
  });
  return (
    <Button variant="default" onClick={() => change.mutate()} loading={change.isPending}>
      Enable the {count(pack.disabled_rules.length)} left out
    </Button>
  );
}

interface RuleTableProps {
  pack: Pack;
  rows: readonly Rule[];
  onCopy: (rule: Rule) => void;
}

function RuleTable({ pack, rows, onCopy }: RuleTableProps) {
  if (rows.length === 0)
    return (
      <Text size="sm" c="dimmed" ta="center" py="xl">
        No rule of this pack matches.
      </Text>
    );
  return (
    <Table aria-label={`Rules of ${packTitle(pack.name)}`} layout="fixed" horizontalSpacing="xs">
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">Rule</Table.Th>
          <Table.Th scope="col" w={96} visibleFrom="sm">
            Severity
          </Table.Th>
          <Table.Th scope="col" w={130} visibleFrom="sm">
            Mode
          </Table.Th>
          <Table.Th scope="col" w={64} ta="right" visibleFrom="xs">
            24 h
          </Table.Th>
          <Table.Th scope="col" w={68}>
            Applied
          </Table.Th>
          <Table.Th scope="col" w={44}>
            <span className="visually-hidden">Actions</span>
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((rule) => (
          <Table.Tr key={rule.id}>
            <Table.Td>
              <RuleName rule={rule} width="100%" />
            </Table.Td>
            <Table.Td visibleFrom="sm">
              <SeverityBadge severity={rule.severity} />
            </Table.Td>
            <Table.Td visibleFrom="sm">
              <RuleMode rule={rule} />
            </Table.Td>
            <Table.Td ta="right" visibleFrom="xs">
              <RuleHits rule={rule} />
            </Table.Td>
            <Table.Td>
              <RuleSwitch rule={rule} isSetByFile={isSetByFile(pack)} />
            </Table.Td>
            <Table.Td>
              <RuleMenu rule={rule} onCopy={onCopy} onDelete={() => undefined} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
