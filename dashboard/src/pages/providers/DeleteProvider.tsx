import { List, Skeleton, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useChanged } from '@/api/changes';
import { api } from '@/api/client';
import { useKeys } from '@/api/queries';
import { Confirm } from '@/components/Confirm';
import { Failure } from '@/components/Failure';
import { count } from '@/lib/format';
import { done } from '@/lib/notify';
import type { Provider } from '@/lib/providers';
import { useLast } from '@/lib/useLast';

const NAMED = 10;

/** Ask before a provider goes: its keys stay, and their calls fail until they are given another. */
export function DeleteProvider({ provider, onClose }: { provider: Provider | null; onClose: () => void }) {
  const shown = useLast(provider);
  const changed = useChanged();
  const removal = useMutation({
    mutationFn: (id: string) => api.DELETE('/admin/providers/{id}', { params: { path: { id } } }),
    onSuccess: () => {
      done(`${shown?.name ?? 'The provider'} was deleted.`);
      onClose();
      return changed();
    },
  });
  const close = () => {
    removal.reset();
    onClose();
  };
  return (
    <Confirm
      opened={provider !== null}
      title={`Delete ${shown?.name ?? ''}?`}
      action="Delete provider"
      busy={removal.isPending}
      error={removal.error}
      onConfirm={() => provider && removal.mutate(provider.id)}
      onClose={close}
    >
      {shown && <Affected provider={shown} />}
    </Confirm>
  );
}

function Affected({ provider }: { provider: Provider }) {
  const keys = useKeys();
  const living = keys.data?.filter((key) => key.provider_id === provider.id && !key.revoked_at);
  return (
    <Stack gap="xs">
      {keys.error && <Failure error={keys.error} title="Which keys use it could not be read" />}
      {keys.isPending && <Skeleton height={60} />}
      {living?.length === 0 && <Text size="sm">No key uses it.</Text>}
      {living && living.length > 0 && (
        <>
          <Text size="sm">
            {living.length === 1 ? 'One key uses it' : `${count(living.length)} keys use it`}. Calls with{' '}
            {living.length === 1 ? 'it' : 'them'} are answered with status 503 until{' '}
            {living.length === 1 ? 'it is' : 'they are'} given another provider:
          </Text>
          <List size="sm" style={{ overflowWrap: 'anywhere' }}>
            {living.slice(0, NAMED).map((key) => (
              <List.Item key={key.id}>{key.name}</List.Item>
            ))}
            {living.length > NAMED && <List.Item>and {count(living.length - NAMED)} more</List.Item>}
          </List>
        </>
      )}
      <Text size="sm" c="dimmed">
        Its credential is deleted. Usage and guard rail events stay.
      </Text>
    </Stack>
  );
}
