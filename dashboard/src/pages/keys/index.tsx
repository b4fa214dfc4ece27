import { Button } from '@mantine/core';
import { IconKey, IconPlus, IconSearch } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { useKeys, useProviders } from '@/api/queries';
import { useSummary } from '@/api/usage';
import { Empty } from '@/components/Empty';
import { Failure } from '@/components/Failure';
import { Page } from '@/components/Page';
import { DataTable } from '@/components/Table';
import { callsByDay, daysOf, type Key, type KeyOrder, matching, orderedKeys, sparkStart } from '@/lib/keys';
import { type Sorting, toggled } from '@/lib/sorting';
import { useMinute } from '@/lib/useMinute';
import { columns } from './columns';
import { KeyDialog } from './KeyDialog';
import { KeyFilters } from './KeyFilters';
import { NoProvider } from './NoProvider';
import { RevokeKey } from './RevokeKey';
import { useKeyWanted } from './useKeyWanted';

/** The keys that clients present: whose they are, what they may, how much they are used. */
export function Keys() {
  const keys = useKeys();
  const providers = useProviders();
  const start = sparkStart(useMinute() * 60_000);
  const summary = useSummary({ group_by: 'key', bucket: 'day', limit: 1000, start });
  const { wanted, ...want } = useKeyWanted();
  const [sorting, setSorting] = useState<Sorting<KeyOrder>>({ by: 'created', direction: 'descending' });
  const [edited, setEdited] = useState<Key | 'new' | null>(null);
  const [doomed, setDoomed] = useState<Key | null>(null);

  const days = useMemo(() => summary.data && callsByDay(summary.data), [summary.data]);
  const daysOfKey = (id: string) => days && daysOf(id, days, summary.data?.omitted_groups ?? 0);
  const rows = useMemo(() => {
    const calls = new Map([...(days ?? [])].map(([id, values]) => [id, values.reduce((sum, value) => sum + value, 0)]));
    return keys.data && orderedKeys(matching(keys.data, wanted), sorting, calls);
  }, [keys.data, wanted, sorting, days]);

  const noProviders = providers.data?.length === 0;
  const create = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setEdited('new')}>
      New key
    </Button>
  );
  return (
    <Page
      title="Keys"
      about="What clients present instead of a provider's credential. Each has its provider, its limit and its own usage."
      actions={create}
    >
      {keys.error && (
        <Failure error={keys.error} title="The keys could not be read" retry={() => void keys.refetch()} />
      )}
      {providers.error && (
        <Failure
          error={providers.error}
          title="The providers could not be read"
          retry={() => void providers.refetch()}
        />
      )}
      {summary.error && (
        <Failure
          error={summary.error}
          title="The calls of the last 14 days could not be read"
          retry={() => void summary.refetch()}
        />
      )}
      {(keys.data ?? keys.isPending) && (
        <>
          {keys.data?.length !== 0 && (
            <KeyFilters keys={keys.data} providers={providers.data} wanted={wanted} {...want} />
          )}
          <DataTable
            label="Keys"
            columns={columns({
              providers: providers.data ?? null,
              daysOf: summary.error ? () => null : daysOfKey,
              sorting,
              onSort: (by) => setSorting(toggled(sorting, by, by === 'name' ? 'ascending' : 'descending')),
              onEdit: setEdited,
              onRevoke: setDoomed,
            })}
            rows={rows}
            rowKey={(key) => key.id}
            minWidth={1080}
            empty={
              keys.data?.length === 0 ? (
                <NoKeys noProviders={noProviders} create={create} />
              ) : (
                <Empty
                  icon={IconSearch}
                  title="No key matches"
                  action={
                    <Button variant="default" onClick={want.clear}>
                      Show all keys
                    </Button>
                  }
                >
                  Try another word, or look among the revoked keys as well.
                </Empty>
              )
            }
          />
        </>
      )}
      <KeyDialog subject={edited} providers={providers.data} onClose={() => setEdited(null)} />
      <RevokeKey apiKey={doomed} onClose={() => setDoomed(null)} />
    </Page>
  );
}

function NoKeys({ noProviders, create }: { noProviders: boolean; create: React.ReactNode }) {
  if (noProviders) return <NoProvider />;
  return (
    <Empty icon={IconKey} title="No keys yet" action={create}>
      Give each application a key of its own: you then see what it uses, limit it, and revoke it alone.
    </Empty>
  );
}
