import { Button } from '@mantine/core';
import { IconPlugConnected } from '@tabler/icons-react';
import { useState } from 'react';
import { Link } from 'react-router';
import type { Schema } from '@/api/client';
import { Empty } from '@/components/Empty';
import type { Provider } from '@/lib/providers';
import type { KeyDialogState } from './KeyDialog';
import { KeyForm } from './KeyForm';
import { Minted } from './Minted';

interface NewKeyProps {
  providers: readonly Provider[] | undefined;
  onState: (state: KeyDialogState) => void;
  onClose: () => void;
}

/** First what the key is to be, then the key. It is held here alone, and gone with the dialog. */
export function NewKey({ providers, onState, onClose }: NewKeyProps) {
  const [minted, setMinted] = useState<Schema<'MintedKey'> | null>(null);
  if (minted)
    return (
      <Minted
        minted={minted}
        kind={providers?.find(({ id }) => id === minted.provider_id)?.kind ?? 'openai'}
        onStored={() => onState('stored')}
        onClose={onClose}
      />
    );
  if (providers?.length === 0)
    return (
      <Empty
        icon={IconPlugConnected}
        title="A key needs a provider first"
        action={
          <Button component={Link} to="/providers">
            Go to Providers
          </Button>
        }
      >
        A key says which provider its calls go to. Add one, then come back.
      </Empty>
    );
  return (
    <KeyForm
      stored={null}
      providers={providers}
      onDirty={(dirty) => onState(dirty ? 'dirty' : 'clean')}
      onMinted={(key) => {
        setMinted(key);
        onState('secret');
      }}
      onClose={onClose}
    />
  );
}
