import { Button } from '@mantine/core';
import { IconPlugConnected, IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useProviders } from '@/api/queries';
import { Empty } from '@/components/Empty';
import { Failure } from '@/components/Failure';
import { Page } from '@/components/Page';
import { DataTable } from '@/components/Table';
import type { Provider } from '@/lib/providers';
import { useMinute } from '@/lib/useMinute';
import { columns } from './columns';
import { DeleteProvider } from './DeleteProvider';
import { ProviderDialog } from './ProviderDialog';
import { useTrials } from './useTrials';

/** The upstream accounts, how their calls went, and whether they answer now. */
export function Providers() {
  const providers = useProviders();
  const now = useMinute() * 60_000;
  const trials = useTrials();
  const [edited, setEdited] = useState<Provider | 'new' | null>(null);
  const [doomed, setDoomed] = useState<Provider | null>(null);
  const create = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setEdited('new')}>
      New provider
    </Button>
  );
  return (
    <Page
      title="Providers"
      about="Where calls go: an address and the credential the gateway uses there. Clients never see either."
      actions={create}
    >
      {providers.error && (
        <Failure
          error={providers.error}
          title="The providers could not be read"
          retry={() => void providers.refetch()}
        />
      )}
      {(providers.data ?? providers.isPending) && (
        <DataTable
          label="Providers"
          columns={columns({ now, trials, onEdit: setEdited, onDelete: setDoomed })}
          rows={providers.data}
          rowKey={(provider) => provider.id}
          minWidth={1100}
          expected={3}
          empty={
            <Empty icon={IconPlugConnected} title="No providers yet" action={create}>
              Add the account that calls should go to. To try things out offline, take the built-in model: its address
              is <code>sandbox:</code>
            </Empty>
          }
        />
      )}
      <ProviderDialog subject={edited} onClose={() => setEdited(null)} onSaved={(id) => trials.forget(id)} />
      <DeleteProvider provider={doomed} onClose={() => setDoomed(null)} />
    </Page>
  );
}
