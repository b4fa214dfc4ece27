import { Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '@/api/client';
import { cache } from '@/api/queries';
import { Confirm } from '@/components/Confirm';
import { done } from '@/lib/notify';

interface DeleteEventProps {
  id: string;
  onClose: () => void;
  onDeleted: () => void;
}

/** Ask, then delete for good. */
export function DeleteEvent({ id, onClose, onDeleted }: DeleteEventProps) {
  const client = useQueryClient();
  const removal = useMutation({
    mutationFn: () => api.DELETE('/admin/guardrail-events/{id}', { params: { path: { id } } }),
    onSuccess: () => {
      done('The event is deleted. That it was is recorded.');
      client.removeQueries({ queryKey: [...cache.events, 'search'] });
      for (const queryKey of [cache.guardrails, cache.log]) void client.invalidateQueries({ queryKey });
      onDeleted();
    },
  });
  return (
    <Confirm
      opened
      title="Delete this event?"
      action="Delete event"
      busy={removal.isPending}
      error={removal.error}
      onConfirm={() => removal.mutate()}
      onClose={onClose}
    >
      <Text size="sm">The event and its text are deleted for good. The deletion itself is recorded.</Text>
    </Confirm>
  );
}
