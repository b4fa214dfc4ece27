import { useState } from 'react';
import { FormDialog } from '@/components/FormDialog';
import type { Key } from '@/lib/keys';
import type { Provider } from '@/lib/providers';
import { useLast } from '@/lib/useLast';
import { KeyForm } from './KeyForm';
import { NewKey } from './NewKey';

/** A form, untouched or not; then the new key, not yet copied or copied. */
export type KeyDialogState = 'clean' | 'dirty' | 'secret' | 'stored';

interface KeyDialogProps {
  /** The key to change, or that there is to be a new one; null while closed. */
  subject: Key | 'new' | null;
  /** undefined while they are not known. */
  providers: readonly Provider[] | undefined;
  onClose: () => void;
}

/** Make or change a key. While a new key has not been stored, only its own button closes the dialog. */
export function KeyDialog({ subject, providers, onClose }: KeyDialogProps) {
  const shown = useLast(subject);
  const [state, setState] = useState<KeyDialogState>('clean');
  const close = () => {
    setState('clean');
    onClose();
  };
  const isNew = shown === 'new';
  return (
    <FormDialog
      opened={subject !== null}
      onClose={close}
      title={isNew ? 'New key' : 'Edit key'}
      size={state === 'secret' || state === 'stored' ? 740 : 'lg'}
      dirty={state !== 'clean'}
      locked={state === 'secret'}
    >
      {isNew && <NewKey providers={providers} onState={setState} onClose={close} />}
      {shown && !isNew && (
        <KeyForm
          key={shown.id}
          stored={shown}
          providers={providers}
          onDirty={(dirty) => setState(dirty ? 'dirty' : 'clean')}
          onClose={close}
        />
      )}
    </FormDialog>
  );
}
