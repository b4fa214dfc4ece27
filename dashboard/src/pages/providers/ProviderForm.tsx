import { Button, Group, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { IconPlugConnected } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useChanged } from '@/api/changes';
import { api, data } from '@/api/client';
import { Failure } from '@/components/Failure';
import { fieldError, formError } from '@/lib/formError';
import { done } from '@/lib/notify';
import { type Provider, providerChanges, type ProviderDraft, testable } from '@/lib/providers';
import { AddressField } from './AddressField';
import { Outcome } from './Outcome';
import type { Trial } from './useTrials';

const fields = ['name', 'base_url', 'api_key'] as const;

interface ProviderFormProps {
  /** The provider to change; null for a new one. */
  stored: Provider | null;
  onDirty: (dirty: boolean) => void;
  onClose: () => void;
  onSaved: (id: string) => void;
}

/** Name, address, credential. The credential goes in and is never shown again, not even here. */
export function ProviderForm({ stored, onDirty, onClose, onSaved }: ProviderFormProps) {
  const [draft, setDraft] = useState<ProviderDraft>({
    name: stored?.name ?? '',
    base_url: stored?.base_url ?? '',
    api_key: '',
  });
  const changed = useChanged();
  const changes = providerChanges(stored ?? { name: '', base_url: '' }, draft);
  const save = useMutation({
    mutationFn: () =>
      stored
        ? data(api.PATCH('/admin/providers/{id}', { params: { path: { id: stored.id } }, body: changes }))
        : data(api.POST('/admin/providers', { body: draft })),
    onSuccess: (provider) => {
      done(stored ? `${provider.name} was changed.` : `${provider.name} was created.`);
      onSaved(provider.id);
      onClose();
      return changed();
    },
  });
  const subject = testable(stored, draft);
  const trial = useMutation({
    mutationFn: () =>
      stored && subject === 'stored'
        ? data(api.POST('/admin/providers/{id}/test', { params: { path: { id: stored.id } } }))
        : data(api.POST('/admin/providers/test', { body: { base_url: draft.base_url, api_key: draft.api_key } })),
  });
  const change = (part: Partial<ProviderDraft>) => {
    const next = { ...draft, ...part };
    setDraft(next);
    onDirty(Object.keys(providerChanges(stored ?? { name: '', base_url: '' }, next)).length > 0);
    save.reset();
    if (part.name === undefined) trial.reset();
  };
  const error = save.error ?? trial.error;
  const isMoved = stored !== null && changes.base_url !== undefined;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (stored && Object.keys(changes).length === 0) onClose();
        else if (!save.isPending) save.mutate();
      }}
    >
      <Stack>
        <TextInput
          label="Name"
          value={draft.name}
          onChange={(event) => change({ name: event.currentTarget.value })}
          error={fieldError(error, 'name')}
          maxLength={200}
          autoComplete="off"
          data-autofocus
          required
        />
        <AddressField
          value={draft.base_url}
          onChange={(base_url) => change({ base_url })}
          error={fieldError(error, 'base_url')}
        />
        <PasswordInput
          label="API key"
          description={credentialHint(stored !== null, isMoved)}
          value={draft.api_key}
          onChange={(event) => change({ api_key: event.currentTarget.value })}
          error={fieldError(error, 'api_key')}
          autoComplete="new-password"
          required={stored === null}
        />
        <Group gap="sm">
          <Button
            variant="default"
            leftSection={<IconPlugConnected size={16} aria-hidden />}
            disabled={subject === null}
            loading={trial.isPending}
            onClick={() => trial.mutate()}
          >
            Test connection
          </Button>
          {subject === null && (
            <Text size="xs" c="dimmed" flex={1} miw={180}>
              {isMoved ? 'Another address is tested with an API key given here.' : 'Needs a base URL and an API key.'}
            </Text>
          )}
        </Group>
        <Outcome trial={trialOf(trial)} />
        {formError(error, fields) != null && (
          <Failure error={error} title={save.error ? 'The provider was not saved' : 'It could not be tested'} />
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={save.isPending}>
            {stored ? 'Save changes' : 'Create provider'}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function credentialHint(isStored: boolean, isMoved: boolean): string {
  if (isMoved) return 'Leave empty to send the stored credential to the new address.';
  if (isStored) return 'Leave empty to keep the stored credential.';
  return 'Stored encrypted and never shown again. Local models and the sandbox take any text.';
}

/** What the test has told so far; its refusals stand at their fields or below them. */
function trialOf(trial: { isPending: boolean; data: Extract<Trial, { result: unknown }>['result'] | undefined }) {
  if (trial.isPending) return { pending: true } satisfies Trial;
  return trial.data && ({ pending: false, result: trial.data } satisfies Trial);
}
