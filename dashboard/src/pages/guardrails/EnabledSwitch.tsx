import { Switch } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, data } from '@/api/client';
import { cache } from '@/api/queries';
import { failed } from '@/lib/notify';
import { refreshRules, type Rule } from './rule';

/** Whether a rule is applied. Shown as wished at once, and as it was when the gateway refuses. */
export function EnabledSwitch({ rule }: { rule: Rule }) {
  const client = useQueryClient();
  const show = (enabled: boolean) =>
    client.setQueryData<Rule[]>(cache.guardrails, (rules) =>
      rules?.map((other) => (other.id === rule.id ? { ...other, enabled } : other)),
    );
  const change = useMutation({
    mutationFn: (enabled: boolean) =>
      data(api.PATCH('/admin/guardrails/{id}', { params: { path: { id: rule.id } }, body: { enabled } })),
    onMutate: async (enabled) => {
      await client.cancelQueries({ queryKey: cache.guardrails });
      show(enabled);
    },
    onError: (error, enabled) => {
      show(!enabled);
      failed(`The rule could not be ${enabled ? 'enabled' : 'disabled'}`, error);
    },
    onSettled: () => refreshRules(client),
  });
  return (
    <Switch
      checked={rule.enabled}
      onChange={(event) => {
        // It is not disabled meanwhile, which would lose the focus.
        if (!change.isPending) change.mutate(event.currentTarget.checked);
      }}
      aria-label={`Apply the rule ${rule.pattern}`}
      data-pending={change.isPending || undefined}
    />
  );
}
