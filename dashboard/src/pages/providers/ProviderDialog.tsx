import { useState } from 'react';
import { FormDialog } from '@/components/FormDialog';
import type { Provider } from '@/lib/providers';
import { useLast } from '@/lib/useLast';
import { ProviderForm } from './ProviderForm';

interface ProviderDialogProps {
  /** Whom to change, or that there is to be a new one; null while closed. */
  subject: Provider | 'new' | null;
  onClose: () => void;
  onSaved: (id: string) => void;
}

/** Make or change a provider. */
export function ProviderDialog({ subject, onClose, onSaved }: ProviderDialogProps) {
  const shown = useLast(subject);
  const [dirty, setDirty] = useState(false);
  const close = () => {
    setDirty(false);
    onClose();
  };
  return (
    <FormDialog
      opened={subject !== null}
      onClose={close}
      title={shown === 'new' ? 'New provider' : 'Edit provider'}
      size="lg"
      dirty={dirty}
    >
      {shown && (
        <ProviderForm
          key={shown === 'new' ? shown : shown.id}
          stored={shown === 'new' ? null : shown}
          onDirty={setDirty}
          onClose={close}
          onSaved={onSaved}
        />
      )}
    </FormDialog>
  );
}
