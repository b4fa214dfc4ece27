import { Button, Center, Group, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconFlask, IconPlus, IconSearch, IconUpload } from '@tabler/icons-react';
import { useDeferredValue, useMemo, useState } from 'react';
import { Link } from 'react-router';
import { useAllGuardrails, usePacks } from '@/api/queries';
import { Empty } from '@/components/Empty';
import { Failure } from '@/components/Failure';
import { Page } from '@/components/Page';
import { DataTable } from '@/components/Table';
import { count } from '@/lib/format';
import { isSetByFile, rulesIn } from '@/lib/packs';
import { matchingRules, orderedRules, type RuleOrder } from '@/lib/ruleList';
import { type Sorting, toggled } from '@/lib/sorting';
import { columns } from './columns';
import { CopyRule } from './CopyRule';
import { DeleteRule } from './DeleteRule';
import { ExportRules } from './ExportRules';
import { NoRules } from './NoRules';
import type { Rule } from './rule';
import { RuleCards } from './RuleCards';
import { RuleFilters } from './RuleFilters';
import { Sections } from './Sections';
import { useRulesWanted } from './useRulesWanted';

/** How many rules are drawn at first, and more at a time: packs have hundreds. */
const STEP = 50;

/** All rules, enabled or not, wherever they come from, and what each one found and costs. */
export function RuleList() {
  const rules = useAllGuardrails();
  const packs = usePacks();
  const { wanted, ...want } = useRulesWanted();
  const [sorting, setSorting] = useState<Sorting<RuleOrder>>({ by: 'listed', direction: 'descending' });
  const [drawn, setDrawn] = useState(STEP);
  const [doomed, setDoomed] = useState<Rule | null>(null);
  const [copied, setCopied] = useState<Rule | null>(null);
  const isPhone = useMediaQuery('(max-width: 48em)', undefined, { getInitialValueInEffect: false });

  const late = useDeferredValue(wanted); // typing does not wait for the rows
  const rows = useMemo(
    () => rules.data && orderedRules(matchingRules(rules.data, late), sorting),
    [rules.data, late, sorting],
  );
  const packsOfFile = useMemo(() => new Set(packs.data?.filter(isSetByFile).map(({ name }) => name)), [packs.data]);
  const isBare = rules.data?.every(({ origin }) => origin === 'built-in') ?? false;
  const shown = rows?.slice(0, drawn);
  const acts = { packsOfFile, onDelete: setDoomed, onCopy: setCopied };
  const nothing = (
    <Empty
      icon={IconSearch}
      title="No rule matches"
      action={
        <Button variant="default" onClick={want.clear} mt="xs">
          Show all rules
        </Button>
      }
    >
      Try another word or fewer filters. Rules of packs that are switched off are not listed here.
    </Empty>
  );
  return (
    <Page
      title="Guard Rails"
      about="Patterns that no request to a provider may carry. A change is in force as soon as it is saved."
      actions={<Actions />}
    >
      <Sections now="rules" />
      {rules.error && (
        <Failure error={rules.error} title="The rules could not be read" retry={() => void rules.refetch()} />
      )}
      {isBare && <NoRules />}
      {(rules.data ?? rules.isPending) && (
        <>
          {!isBare && <RuleFilters rules={rules.data} wanted={wanted} {...want} />}
          {isPhone && rows?.length !== 0 ? (
            <RuleCards rules={shown} {...acts} />
          ) : (
            <DataTable
              label="Guard rails"
              columns={columns({
                ...acts,
                sorting,
                onSort: (by) => setSorting(toggled(sorting, by, by === 'name' ? 'ascending' : 'descending')),
              })}
              rows={shown}
              rowKey={(rule) => rule.id}
              empty={nothing}
              minWidth={1100}
              isDense
            />
          )}
          {rows && rules.data && <Foot shown={shown?.length ?? 0} rows={rows} all={rules.data} onMore={setDrawn} />}
        </>
      )}
      {doomed && <DeleteRule rule={doomed} onClose={() => setDoomed(null)} />}
      {copied && <CopyRule rule={copied} onClose={() => setCopied(null)} />}
    </Page>
  );
}

const Actions = () => (
  <>
    <ExportRules />
    <Button
      component={Link}
      to="/guardrails/import"
      variant="default"
      leftSection={<IconUpload size={16} aria-hidden />}
    >
      Import
    </Button>
    <Button component={Link} to="/guardrails/test" variant="default" leftSection={<IconFlask size={16} aria-hidden />}>
      Test bench
    </Button>
    <Button component={Link} to="/guardrails/new" leftSection={<IconPlus size={16} aria-hidden />}>
      New rule
    </Button>
  </>
);

interface FootProps {
  shown: number;
  rows: readonly Rule[];
  all: readonly Rule[];
  onMore: (number: number) => void;
}

/** How many rules there are, and the way to those that are not drawn yet. */
function Foot({ shown, rows, all, onMore }: FootProps) {
  const inForce = all.filter((rule) => rule.enabled).length;
  return (
    <>
      {shown < rows.length && (
        <Center>
          <Group gap="sm">
            <Button variant="default" onClick={() => onMore(shown + STEP)}>
              Show {count(Math.min(STEP, rows.length - shown))} more
            </Button>
            <Button variant="subtle" onClick={() => onMore(rows.length)}>
              Show all {count(rows.length)}
            </Button>
          </Group>
        </Center>
      )}
      <Text size="sm" c="dimmed" aria-live="polite">
        {rows.length < all.length && `${count(rows.length)} of ${rulesIn(all.length)} match. `}
        {count(inForce)} of {rulesIn(all.length)} in force
      </Text>
    </>
  );
}
