import { Stack, Tabs, Text } from '@mantine/core';
import { useSearchParams } from 'react-router';
import { Backtest } from './Backtest';
import { Bench } from './Bench';
import { Shadow } from './Shadow';
import type { Draft } from './useTrial';
import { Versions } from './Versions';

const sides = ['bench', 'past', 'live', 'versions'];

interface SidesProps {
  draft: Draft;
  isLocked: boolean;
  /** Nobody wrote it, and it is more than its pattern: it is tried as it is in force, and has no versions. */
  isBuiltIn: boolean;
}

/** What stands beside the form: the ways to try a rule before it is in force, and what it was. */
export function Sides({ isBuiltIn, ...rest }: SidesProps) {
  if (!isBuiltIn) return <WrittenSides {...rest} />;
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        More than a pattern decides here: the rule knows the gateway’s own secrets. It is tried as it is in force,
        together with all other rules.
      </Text>
      <Bench title="Test bench" />
    </Stack>
  );
}

function WrittenSides({ draft, isLocked }: Omit<SidesProps, 'isBuiltIn'>) {
  const [query, setQuery] = useSearchParams();
  const asked = query.get('side') ?? '';
  const side = sides.includes(asked) ? asked : 'bench';
  const choose = (name: string | null) =>
    setQuery(
      (before) => {
        const after = new URLSearchParams(before);
        if (name === null || name === 'bench') after.delete('side');
        else after.set('side', name);
        return after;
      },
      { replace: true },
    );
  return (
    <Tabs value={side} onChange={choose} variant="pills" keepMounted={false}>
      <Stack gap="sm">
        <Tabs.List>
          <Tabs.Tab value="bench">Try it</Tabs.Tab>
          <Tabs.Tab value="past">On past events</Tabs.Tab>
          <Tabs.Tab value="live">On live calls</Tabs.Tab>
          {draft.id !== undefined && <Tabs.Tab value="versions">Versions</Tabs.Tab>}
        </Tabs.List>
        <Tabs.Panel value="bench">
          <Bench draft={draft} />
        </Tabs.Panel>
        <Tabs.Panel value="past">
          <Backtest draft={draft} />
        </Tabs.Panel>
        <Tabs.Panel value="live">
          <Shadow draft={draft} />
        </Tabs.Panel>
        {draft.id !== undefined && (
          <Tabs.Panel value="versions">
            <Versions id={draft.id} isLocked={isLocked} />
          </Tabs.Panel>
        )}
      </Stack>
    </Tabs>
  );
}
