import { Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '@/api/client';
import { Confirm } from '@/components/Confirm';
import { Pattern } from '@/components/Pattern';
import { done } from '@/lib/notify';
import { refreshRules, type Rule } from './rule';

interface DeleteRuleProps {
  rule: Rule;
  onClose: () => void;
  /** After the rule is gone. */
  onDeleted?: () => void;
}

/** Ask, then delete. */
export function DeleteRule({ rule, onClose, onDeleted }: DeleteRuleProps) {
  const client = useQueryClient();
  const removal = useMutation({
    mutationFn: () => api.DELETE('/admin/guardrails/{id}', { params: { path: { id: rule.id } } }),
    onSuccess: () => {
      done('The rule is deleted and no longer applied.');
      onClose();
      onDeleted?.();
    },
    onSettled: () => void refreshRules(client),
  });
  return (
    <Confirm
      opened
      title="Delete this rule?"
      action="Delete rule"
      busy={removal.isPending}
      error={removal.error}
      onConfirm={() => removal.mutate()}
      onClose={onClose}
    >
      <div>
        <Pattern value={rule.pattern} />
      </div>
      <Text size="sm">
        It stops being applied at once: from the next call on, what it matches goes to the provider. Its events stay. To
        pause it instead, switch it off.
      </Text>
    </Confirm>
  );
}
