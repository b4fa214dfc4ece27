import { List, Skeleton, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, data } from '@/api/client';
import { cache, usePack } from '@/api/queries';
import { Confirm } from '@/components/Confirm';
import { Failure } from '@/components/Failure';
import { count } from '@/lib/format';
import { done } from '@/lib/notify';
import { modeCounts, type Pack, type PackChange, packTitle, rulesIn } from '@/lib/packs';
import type { Rule } from '@/lib/ruleList';
import { modes } from '@/lib/rules';
import { refreshRules } from '../rule';

interface ChangePackProps {
  pack: Pack;
  change: PackChange;
  onClose: () => void;
}

/** Say what a change of a pack will do, then do it. */
export function ChangePack({ pack, change, onClose }: ChangePackProps) {
  const client = useQueryClient();
  const title = packTitle(pack.name);
  const { heading, action, said } = words(title, change);
  const changing = useMutation({
    mutationFn: () => data(api.PATCH('/admin/packs/{name}', { params: { path: { name: pack.name } }, body: change })),
    onSuccess: (answer) => {
      client.setQueryData([...cache.packs, pack.name], answer);
      client.setQueryData<Pack[]>(cache.packs, (packs) =>
        packs?.map((other) => (other.name === pack.name ? { ...other, ...change } : other)),
      );
      done(said);
      onClose();
    },
    onSettled: () => void refreshRules(client),
  });
  return (
    <Confirm
      opened
      title={heading}
      action={action}
      isSafe={change.enabled !== false}
      busy={changing.isPending}
      error={changing.error}
      onConfirm={() => changing.mutate()}
      onClose={onClose}
    >
      <Effect pack={pack} change={change} />
    </Confirm>
  );
}

function words(title: string, { enabled, mode, directions }: PackChange) {
  if (enabled === true)
    return { heading: `Switch ${title} on?`, action: 'Switch on', said: `${title} is on: its rules are in force.` };
  if (enabled === false)
    return { heading: `Switch ${title} off?`, action: 'Switch off', said: `${title} is off: none of its rules apply.` };
  if (directions !== undefined)
    return {
      heading: `Change what ${title} looks at?`,
      action: 'Change it',
      said: `What ${title} looks at is changed.`,
    };
  const label = modes.find(({ value }) => value === mode)?.label;
  return label
    ? { heading: `Set all of ${title} to ${label}?`, action: `Set to ${label}`, said: `${title} is set to ${label}.` }
    : {
        heading: `Undo the mode of ${title}?`,
        action: 'Undo it',
        said: `Each rule of ${title} has its own mode again.`,
      };
}

const doing: Record<Rule['mode'], string> = {
  reject: 'refuse the call in which they find something',
  replace: 'replace what they find, and the call goes on',
  pseudonymise: 'put a placeholder there, which becomes the value again in the answer',
  monitor: 'only put on record what they find',
};

function Effect({ pack, change: { enabled, mode, directions } }: Omit<ChangePackProps, 'onClose'>) {
  const later = pack.enabled ? '' : ' The pack is switched off: this counts once it is on.';
  if (enabled === true) return <SwitchingOn pack={pack} />;
  if (enabled === false)
    return (
      <Text size="sm">
        Its rules stop being applied at once: from the next call on, what they alone would find goes to the provider.
        Their events stay, and so does how the pack is set.
      </Text>
    );
  if (directions !== undefined)
    return (
      <Text size="sm">
        {directions === null
          ? 'Each of its rules looks again at what the pack says.'
          : directions.includes('response')
            ? `Its ${rulesIn(pack.rule_count)} look at ${directions.length > 1 ? 'requests and at answers' : 'answers alone: requests go out unseen by them'}. A streamed answer is held back by about a word while it is inspected.`
            : `Its ${rulesIn(pack.rule_count)} look at requests alone.`}
        {later}
      </Text>
    );
  return (
    <Text size="sm">
      {mode
        ? `From the next call on, its ${rulesIn(pack.rule_count)} ${doing[mode]}.`
        : 'Each of its rules does again what the pack says.'}
      {later}
    </Text>
  );
}

function SwitchingOn({ pack }: { pack: Pack }) {
  const detail = usePack(pack.name);
  if (detail.error)
    return <Failure error={detail.error} title="Its rules could not be read" retry={() => void detail.refetch()} />;
  if (!detail.data) return <Skeleton height={90} />;
  const rules = detail.data.rules.filter((rule) => rule.enabled);
  const noisy = rules.filter((rule) => rule.warnings.length > 0).length;
  return (
    <Stack gap="xs">
      <Text size="sm">{rulesIn(rules.length)} come into force at once, for the calls of every key:</Text>
      <List size="sm" spacing={4}>
        {modeCounts(rules).map(([mode, number]) => (
          <List.Item key={mode}>
            <b>{count(number)}</b> {doing[mode]}
          </List.Item>
        ))}
      </List>
      {noisy > 0 && (
        <Text size="sm">
          {count(noisy)} of them find something in ordinary texts too; they are marked in the list of its rules.
        </Text>
      )}
      <Text size="sm" c="dimmed">
        To see first what it would find, set its mode to Monitor.
      </Text>
    </Stack>
  );
}
