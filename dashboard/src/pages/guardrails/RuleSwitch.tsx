import { Badge, Switch, Tooltip } from '@mantine/core';
import { IconLock } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, data, type Schema } from '@/api/client';
import { cache } from '@/api/queries';
import { failed } from '@/lib/notify';
import { calledBy, lockOf } from '@/lib/ruleList';
import { refreshRules, type Rule } from './rule';

const SWITCHING = ['rule switch'];

/** A pack says which of its rules are left out, so one of them is changed by changing that list. */
async function leaveOut(rule: Rule, enabled: boolean) {
  const packs = await data(api.GET('/admin/packs'));
  const left = new Set(packs.find(({ name }) => name === rule.pack)?.disabled_rules);
  if (enabled) left.delete(rule.id);
  else left.add(rule.id);
  await data(
    api.PATCH('/admin/packs/{name}', { params: { path: { name: rule.pack } }, body: { disabled_rules: [...left] } }),
  );
}

interface RuleSwitchProps {
  rule: Rule;
  /** Its pack is set by the configuration's file. */
  isSetByFile?: boolean;
}

/** Whether a rule is applied. Shown as wished at once, and as it was when the gateway refuses. */
export function RuleSwitch({ rule, isSetByFile = false }: RuleSwitchProps) {
  const client = useQueryClient();
  const show = (enabled: boolean) => {
    const shown = (rules: Rule[]) => rules.map((other) => (other.id === rule.id ? { ...other, enabled } : other));
    client.setQueriesData<Rule | Rule[]>({ queryKey: cache.guardrails }, (kept) =>
      Array.isArray(kept) ? shown(kept) : kept,
    );
    client.setQueryData<Schema<'Pack'>>(
      [...cache.packs, rule.pack],
      (pack) => pack && { ...pack, rules: shown(pack.rules) },
    );
  };
  const change = useMutation({
    mutationKey: SWITCHING,
    // One after the other: each change of a pack's list is made of what the one before has left.
    scope: { id: rule.origin === 'pack' ? `pack ${rule.pack}` : `rule ${rule.id}` },
    mutationFn: async (enabled: boolean) => {
      if (rule.origin === 'pack') return leaveOut(rule, enabled);
      await data(api.PATCH('/admin/guardrails/{id}', { params: { path: { id: rule.id } }, body: { enabled } }));
    },
    onMutate: async (enabled) => {
      await Promise.all([cache.guardrails, cache.packs].map((queryKey) => client.cancelQueries({ queryKey })));
      show(enabled);
    },
    onError: (error, enabled) => {
      show(!enabled);
      failed(`The rule could not be ${enabled ? 'enabled' : 'disabled'}`, error);
    },
    onSettled: () => {
      // What is read while others wait for their turn would show them as they were.
      if (client.isMutating({ mutationKey: SWITCHING }) === 1) void refreshRules(client);
    },
  });
  const lock = rule.origin === 'pack' ? null : lockOf(rule);
  if (lock !== null || isSetByFile) return <Locked isOn={rule.enabled} why={lock ?? PACK_OF_FILE} />;
  return (
    <Switch
      checked={rule.enabled}
      onChange={(event) => {
        // It is not disabled meanwhile, which would lose the focus.
        if (!change.isPending) change.mutate(event.currentTarget.checked);
      }}
      aria-label={`Apply the rule ${calledBy(rule)}`}
      data-pending={change.isPending || undefined}
    />
  );
}

const PACK_OF_FILE = 'The file of GUARDRAILS_FILE sets this pack. Change it there: it is read at each start.';

/** A state that is not changed here, and why. */
export function Locked({ isOn, why }: { isOn: boolean; why: string }) {
  return (
    <Tooltip label={why} multiline maw={300}>
      <Badge variant="default" leftSection={<IconLock size={12} aria-hidden />} tabIndex={0}>
        {isOn ? 'on' : 'off'}
      </Badge>
    </Tooltip>
  );
}
