import { useState } from 'react';
import type { Schema } from '@/api/client';
import type { Provider } from '@/lib/providers';
import type { KeyDialogState } from './KeyDialog';
import { KeyForm } from './KeyForm';
import { Minted } from './Minted';
import { NoProvider } from './NoProvider';

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
  if (providers?.length === 0) return <NoProvider />;
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
