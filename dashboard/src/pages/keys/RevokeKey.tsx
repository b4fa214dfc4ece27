import { Code, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useChanged } from '@/api/changes';
import { api } from '@/api/client';
import { Confirm } from '@/components/Confirm';
import { Time } from '@/components/Time';
import type { Key } from '@/lib/keys';
import { done } from '@/lib/notify';
import { useLast } from '@/lib/useLast';

/** Ask before a key goes for good. */
export function RevokeKey({ apiKey, onClose }: { apiKey: Key | null; onClose: () => void }) {
  const shown = useLast(apiKey);
  const changed = useChanged();
  const revocation = useMutation({
    mutationFn: (id: string) => api.DELETE('/admin/keys/{id}', { params: { path: { id } } }),
    onSuccess: () => {
      done(`${shown?.name ?? 'The key'} was revoked.`);
      onClose();
      return changed();
    },
  });
  const close = () => {
    revocation.reset();
    onClose();
  };
  return (
    <Confirm
      opened={apiKey !== null}
      title={`Revoke ${shown?.name ?? ''}?`}
      action="Revoke key"
      busy={revocation.isPending}
      error={revocation.error}
      onConfirm={() => apiKey && revocation.mutate(apiKey.id)}
      onClose={close}
    >
      {shown && (
        <Stack gap="xs">
          <Text size="sm">
            Every call with <Code>{shown.display}…</Code> is refused from now on. This cannot be undone: who still needs
            access needs a new key.
          </Text>
          <Text size="sm">
            {shown.last_used_at ? (
              <>
                It was last used <Time value={shown.last_used_at} relative />.
              </>
            ) : (
              'It was never used.'
            )}
          </Text>
          <Text size="sm" c="dimmed">
            Its usage and guard rail events stay.
          </Text>
        </Stack>
      )}
    </Confirm>
  );
}
