import { Button, Group, NumberInput, Select, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useChanged } from '@/api/changes';
import { api, data, type Schema } from '@/api/client';
import { Failure } from '@/components/Failure';
import { fieldError, formError } from '@/lib/formError';
import { type Key, keyChanges, type KeyDraft } from '@/lib/keys';
import { done } from '@/lib/notify';
import { kinds, type Provider } from '@/lib/providers';

const MAX_RPM = 1_000_000_000;
const fields = ['name', 'provider_id', 'rate_limit_rpm'] as const;
const nothing = { name: '', provider_id: '', rate_limit_rpm: 0 };

interface KeyFormProps {
  /** The key to change; null for a new one. */
  stored: Key | null;
  providers: readonly Provider[] | undefined;
  onDirty: (dirty: boolean) => void;
  onMinted?: (key: Schema<'MintedKey'>) => void;
  onClose: () => void;
}

/** Name, provider, limit. */
export function KeyForm({ stored, providers, onDirty, onMinted, onClose }: KeyFormProps) {
  const [written, setWritten] = useState<KeyDraft>({
    name: stored?.name ?? '',
    provider_id: stored?.provider_id ?? null,
    rpm: stored && stored.rate_limit_rpm > 0 ? stored.rate_limit_rpm : '',
  });
  const only = stored === null && providers?.length === 1 ? (providers[0]?.id ?? null) : null;
  const draft = { ...written, provider_id: written.provider_id ?? only };
  const isMissing = stored !== null && providers !== undefined && !providers.some(({ id }) => id === draft.provider_id);
  const changes = keyChanges(stored ?? nothing, draft);
  const changed = useChanged();
  const save = useMutation({
    // The answer may hold the new key: it goes to the dialog and is not kept here.
    gcTime: 0,
    mutationFn: async () => {
      if (stored) {
        const path = { id: stored.id };
        const key = await data(api.PATCH('/admin/keys/{id}', { params: { path }, body: changes }));
        done(`${key.name} was changed. It takes effect with the next call.`);
        onClose();
      } else {
        const body = { name: draft.name, provider_id: draft.provider_id ?? '', rate_limit_rpm: draft.rpm || 0 };
        onMinted?.(await data(api.POST('/admin/keys', { body })));
      }
    },
    onSuccess: changed,
  });
  const change = (part: Partial<KeyDraft>) => {
    const next = { ...draft, ...part };
    setWritten(next);
    onDirty(Object.keys(keyChanges(stored ?? nothing, next)).length > 0);
    save.reset();
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (stored && Object.keys(changes).length === 0) onClose();
        else if (!save.isPending) save.mutate();
      }}
    >
      <Stack>
        {stored && (
          <Text size="sm" c="dimmed">
            A change takes effect with the next call.
          </Text>
        )}
        <TextInput
          label="Name"
          description="Who or what will use it"
          value={draft.name}
          onChange={(event) => change({ name: event.currentTarget.value })}
          error={fieldError(save.error, 'name')}
          maxLength={200}
          autoComplete="off"
          data-autofocus
          required
        />
        <Select
          label="Provider"
          description="Where its calls go"
          placeholder="Choose a provider"
          data={(providers ?? []).map(({ id, name, kind }) => ({ value: id, label: `${name} (${kinds[kind]})` }))}
          value={isMissing ? null : draft.provider_id}
          onChange={(provider_id) => change({ provider_id })}
          error={
            fieldError(save.error, 'provider_id') ?? (isMissing && 'Its provider was deleted: give it another one.')
          }
          allowDeselect={false}
          disabled={providers === undefined}
          searchable
          required
        />
        <NumberInput
          label="Rate limit"
          description="Requests a minute, as a token bucket: this many may come at once, and as many flow back evenly over each minute. Empty or 0 is unlimited."
          placeholder="Unlimited"
          suffix=" a minute"
          value={draft.rpm}
          onChange={(rpm) => change({ rpm: typeof rpm === 'number' ? rpm : '' })}
          error={fieldError(save.error, 'rate_limit_rpm')}
          min={0}
          max={MAX_RPM}
          allowDecimal={false}
          allowNegative={false}
          thousandSeparator=","
        />
        {formError(save.error, fields) != null && <Failure error={save.error} title="The key was not saved" />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={save.isPending}>
            {stored ? 'Save changes' : 'Create key'}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
