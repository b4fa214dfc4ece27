import { Anchor, Badge, Code, Group, Skeleton, Text } from '@mantine/core';
import { Link } from 'react-router';
import { Sparkline } from '@/components/Sparkline';
import type { Column } from '@/components/Table';
import { Time } from '@/components/Time';
import { compact, count } from '@/lib/format';
import { type Key, type KeyOrder, type KeyState, keyState, SPARK_DAYS } from '@/lib/keys';
import type { Provider } from '@/lib/providers';
import type { Sorting } from '@/lib/sorting';
import { KeyMenu } from './KeyMenu';

interface Shown {
  /** null while they are not known. */
  providers: readonly Provider[] | null;
  /** Calls a day; undefined while loading, null when not known. */
  daysOf: (id: string) => readonly number[] | null | undefined;
  sorting: Sorting<KeyOrder>;
  onSort: (by: KeyOrder) => void;
  onEdit: (key: Key) => void;
  onRevoke: (key: Key) => void;
}

const NAME_WIDTH = 150;
const stateColors: Record<KeyState, string> = { active: 'teal', revoked: 'gray', 'provider missing': 'red' };

/** What is there of a revoked key is past. */
const tone = (key: Key) => (key.revoked_at ? 'dimmed' : undefined);

const name = (key: Key, onEdit: (key: Key) => void) =>
  key.revoked_at ? (
    <Text size="sm" c="dimmed" miw={NAME_WIDTH} style={{ overflowWrap: 'anywhere' }}>
      {key.name}
    </Text>
  ) : (
    <Anchor
      component="button"
      type="button"
      size="sm"
      fw={550}
      ta="left"
      miw={NAME_WIDTH}
      style={{ overflowWrap: 'anywhere' }}
      onClick={() => onEdit(key)}
    >
      {key.name}
    </Anchor>
  );

const limit = (key: Key) => (
  <Text size="sm" c={key.rate_limit_rpm === 0 ? 'dimmed' : tone(key)} style={{ whiteSpace: 'nowrap' }}>
    {key.rate_limit_rpm === 0 ? 'unlimited' : `${count(key.rate_limit_rpm)} / min`}
  </Text>
);

function calls(key: Key, days: readonly number[] | null | undefined) {
  if (days === undefined) return <Skeleton height={24} width={140} ml="auto" />;
  if (days === null)
    return (
      <Text span inherit c="dimmed">
        –
      </Text>
    );
  const sum = days.reduce((all, day) => all + day, 0);
  return (
    <Anchor component={Link} to={`/usage?api_key_id=${key.id}&range=30d`} c={tone(key) ?? 'inherit'} underline="hover">
      <Group gap="xs" wrap="nowrap" justify="flex-end">
        <Sparkline values={days} label={`${count(sum)} calls in ${SPARK_DAYS} days`} />
        <Text
          span
          size="sm"
          aria-hidden
          miw={40}
          ta="right"
          c={sum === 0 ? 'dimmed' : undefined}
          style={{ fontVariantNumeric: 'tabular-nums' }}
        >
          {compact(sum)}
        </Text>
      </Group>
    </Anchor>
  );
}

/** What the list tells of each key, and what can be done with it. */
export function columns({ providers, daysOf, sorting, onSort, onEdit, onRevoke }: Shown): Column<Key>[] {
  const names = new Map(providers?.map((provider) => [provider.id, provider.name]));
  const ids = providers && new Set(names.keys());
  const sort = (by: KeyOrder) => ({
    direction: sorting.by === by ? sorting.direction : undefined,
    toggle: () => onSort(by),
  });
  const state = (key: Key) => {
    const word = keyState(key, ids);
    return (
      <Badge color={stateColors[word]} w="max-content">
        {word}
      </Badge>
    );
  };
  const provider = (key: Key) => {
    const called = names.get(key.provider_id);
    return (
      <Text size="sm" c={called ? tone(key) : 'dimmed'} maw={130} truncate title={called}>
        {called ?? (providers ? 'deleted' : '…')}
      </Text>
    );
  };
  const time = (key: Key, value: string | null | undefined) => (
    <Text size="sm" c={tone(key)} component="div">
      <Time value={value} relative never="never" />
    </Text>
  );
  return [
    { title: 'Name', render: (key) => name(key, onEdit), sort: sort('name') },
    {
      title: 'Key',
      render: (key) => (
        <Code c={tone(key)} style={{ whiteSpace: 'nowrap' }}>
          {key.display}…
        </Code>
      ),
      width: 110,
    },
    { title: 'Provider', render: provider, width: 150 },
    { title: 'Limit', render: limit, width: 110 },
    { title: 'State', render: state, width: 150 },
    { title: 'Last used', render: (key) => time(key, key.last_used_at), width: 120, sort: sort('used') },
    {
      title: `Calls, ${SPARK_DAYS} days`,
      render: (key) => calls(key, daysOf(key.id)),
      align: 'right',
      width: 180,
      sort: sort('calls'),
    },
    { title: 'Created', render: (key) => time(key, key.created_at), width: 110, sort: sort('created') },
    {
      title: 'Actions',
      hideTitle: true,
      render: (key) => <KeyMenu apiKey={key} onEdit={onEdit} onRevoke={onRevoke} />,
      width: 60,
    },
  ];
}
