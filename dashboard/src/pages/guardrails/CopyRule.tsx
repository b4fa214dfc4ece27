import { Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import { api, data } from '@/api/client';
import { Confirm } from '@/components/Confirm';
import { done } from '@/lib/notify';
import { calledBy } from '@/lib/ruleList';
import { refreshRules, type Rule } from './rule';

/** Ask, then make a rule of one's own of a pack's, and open it. */
export function CopyRule({ rule, onClose }: { rule: Rule; onClose: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const copying = useMutation({
    mutationFn: () =>
      data(api.POST('/admin/packs/{name}/rules/{id}/copy', { params: { path: { name: rule.pack, id: rule.id } } })),
    onSuccess: async (copy) => {
      done('The copy is yours to change. It has taken the place of the pack’s rule.');
      onClose();
      await navigate(`/guardrails/${copy.id}`);
    },
    onSettled: () => void refreshRules(client),
  });
  return (
    <Confirm
      opened
      title={`Copy “${calledBy(rule)}”?`}
      action="Make a copy"
      isSafe
      busy={copying.isPending}
      error={copying.error}
      onConfirm={() => copying.mutate()}
      onClose={onClose}
    >
      <Text size="sm">
        You get a rule of your own that says the same, to be changed at will. The pack’s rule is switched off, so that
        the copy takes its place; events of the copy go by its own id. What later versions of the pack improve in this
        rule does not reach the copy.
      </Text>
    </Confirm>
  );
}
