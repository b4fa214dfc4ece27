import { Anchor, Badge, Button, Card, Group, Select, Stack, Switch, Text, Title } from '@mantine/core';
import { IconListDetails } from '@tabler/icons-react';
import { useId } from 'react';
import { Link } from 'react-router';
import { Time } from '@/components/Time';
import { count } from '@/lib/format';
import {
  directionChoice,
  directionChoices,
  directionsOf,
  foundBy,
  isSetByFile,
  type Pack,
  type PackChange,
  packTitle,
  rulesIn,
} from '@/lib/packs';
import type { Rule } from '@/lib/ruleList';
import { modes } from '@/lib/rules';
import { Locked } from '../RuleSwitch';

interface PackCardProps {
  pack: Pack;
  /** Its rules in force; undefined while loading. */
  rules: readonly Rule[] | undefined;
  onWish: (change: PackChange) => void;
  onOpen: () => void;
}

const BY_FILE = 'The file of GUARDRAILS_FILE sets this pack. Change it there: it is read at each start.';

/** A pack: what it is, whether it is in force and how, what it found. */
export function PackCard({ pack, rules, onWish, onOpen }: PackCardProps) {
  const title = packTitle(pack.name);
  const id = useId();
  const isFixed = isSetByFile(pack);
  const left = pack.disabled_rules.length;
  return (
    <Card component="article" aria-labelledby={id}>
      <Stack gap="sm">
        <Group justify="space-between" align="flex-start" wrap="nowrap">
          <Group gap="xs" align="baseline">
            <Title order={2} size="h4" id={id}>
              {title}
            </Title>
            <Badge variant="default">{pack.version}</Badge>
            <Text size="xs" c="dimmed">
              {pack.licence} · {pack.source}
            </Text>
          </Group>
          {isFixed ? (
            <Locked isOn={pack.enabled} why={BY_FILE} />
          ) : (
            <Switch
              size="md"
              checked={pack.enabled}
              onChange={(event) => onWish({ enabled: event.currentTarget.checked })}
              aria-label={`Apply the pack ${title}`}
            />
          )}
        </Group>
        <Text size="sm" maw={820}>
          {pack.description}
        </Text>
        <Group justify="space-between" align="flex-end" gap="sm">
          <Group gap="sm" align="flex-end">
            <Select
              label="Mode of its rules"
              data={[
                { value: '', label: 'As each rule has it' },
                ...modes.map(({ value, label }) => ({ value, label })),
              ]}
              value={pack.mode ?? ''}
              onChange={(mode) => mode !== (pack.mode ?? '') && onWish({ mode: mode || null })}
              allowDeselect={false}
              disabled={isFixed}
              w={{ base: '100%', xs: 210 }}
            />
            <Select
              label="What they look at"
              data={directionChoices}
              value={directionChoice(pack.directions)}
              onChange={(choice) =>
                choice !== directionChoice(pack.directions) && onWish({ directions: directionsOf(choice ?? '') })
              }
              allowDeselect={false}
              disabled={isFixed}
              w={{ base: '100%', xs: 210 }}
            />
          </Group>
          <Group gap="md">
            <Text size="sm" c="dimmed" component="div">
              {left > 0 ? `${count(pack.rule_count - left)} of ${rulesIn(pack.rule_count)}` : rulesIn(pack.rule_count)}
              {pack.enabled ? <Hits rules={rules} source={`pack:${pack.name}`} /> : ', switched off'}
            </Text>
            <Button
              variant="default"
              leftSection={<IconListDetails size={16} aria-hidden />}
              onClick={onOpen}
              aria-label={`Show the rules of ${title}`}
            >
              Rules
            </Button>
          </Group>
        </Group>
        {isFixed && (
          <Text size="xs" c="dimmed">
            {BY_FILE}
          </Text>
        )}
      </Stack>
    </Card>
  );
}

/** What a set of rules found, and the way to those that did. */
export function Hits({ rules, source }: { rules: readonly Rule[] | undefined; source: string }) {
  if (!rules) return null;
  const { hits, lastHitAt } = foundBy(rules);
  if (lastHitAt === null) return ' · nothing found yet';
  return (
    <>
      {' · '}
      {hits > 0 ? (
        <Anchor
          component={Link}
          to={`/guardrails?from=${encodeURIComponent(source)}&state=hit`}
          size="sm"
          underline="always"
        >
          {count(hits)} {hits === 1 ? 'hit' : 'hits'} in 24 h
        </Anchor>
      ) : (
        'no hits in 24 h'
      )}
      {' · last '}
      <Time value={lastHitAt} relative />
    </>
  );
}
