import { Button, CloseButton, Group, Select, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconAdjustmentsHorizontal, IconSearch } from '@tabler/icons-react';
import { useId } from 'react';
import { count } from '@/lib/format';
import {
  filtersSet,
  type Rule,
  type RuleState,
  ruleStates,
  type RulesWanted,
  sourcesOf,
  sourceWord,
} from '@/lib/ruleList';
import { modes, severities } from '@/lib/rules';

interface RuleFiltersProps {
  rules: readonly Rule[] | undefined;
  wanted: RulesWanted;
  onSearch: (search: string) => void;
  onFilter: (changes: Partial<RulesWanted>) => void;
}

const states: Record<RuleState, string> = {
  any: 'Any state',
  on: 'Applied',
  off: 'Switched off',
  hit: 'Found something in 24 h',
  quiet: 'Never found anything',
  noisy: 'With warnings',
};

const upper = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

/** Narrow the list down: by words, mode, severity, origin and state. On a phone all but the words are folded away. */
export function RuleFilters({ rules, wanted, onSearch, onFilter }: RuleFiltersProps) {
  const [opened, { toggle }] = useDisclosure();
  const id = useId();
  const sources = sourcesOf(rules ?? []).map(([value, number]) => ({
    value,
    label: `${sourceWord(value)} (${count(number)})`,
  }));
  const isGone = wanted.source !== '' && !sources.some(({ value }) => value === wanted.source);
  if (isGone) sources.push({ value: wanted.source, label: sourceWord(wanted.source) });
  const set = filtersSet(wanted);
  const width = { base: '100%', xs: 'calc(50% - 0.4rem)', md: 170 };
  return (
    <Group gap="sm" component="search" aria-label="Filters">
      <TextInput
        aria-label="Search rules"
        placeholder="Search names and patterns"
        leftSection={<IconSearch size={16} aria-hidden />}
        rightSection={
          wanted.search !== '' && <CloseButton size="sm" aria-label="Clear the search" onClick={() => onSearch('')} />
        }
        value={wanted.search}
        onChange={(event) => onSearch(event.currentTarget.value)}
        maxLength={200}
        spellCheck={false}
        autoComplete="off"
        w={{ base: '100%', md: 260 }}
      />
      <Button
        hiddenFrom="sm"
        variant="default"
        fullWidth
        leftSection={<IconAdjustmentsHorizontal size={16} aria-hidden />}
        onClick={toggle}
        aria-expanded={opened}
        aria-controls={id}
      >
        {opened ? 'Fewer filters' : set > 0 ? `Filters: ${set} set` : 'Filters'}
      </Button>
      <Group gap="sm" id={id} visibleFrom={opened ? undefined : 'sm'} flex={{ md: 1 }}>
        <Select
          aria-label="Mode"
          placeholder="Any mode"
          data={modes.map(({ value, label }) => ({ value, label }))}
          value={wanted.mode || null}
          onChange={(mode) => onFilter({ mode: mode ?? '' })}
          clearable
          w={width}
        />
        <Select
          aria-label="Severity"
          placeholder="Any severity"
          data={[...severities].reverse().map((value) => ({ value, label: upper(value) }))}
          value={wanted.severity || null}
          onChange={(severity) => onFilter({ severity: severity ?? '' })}
          clearable
          w={width}
        />
        <Select
          aria-label="Origin"
          placeholder="Any origin"
          data={sources}
          value={wanted.source || null}
          onChange={(source) => onFilter({ source: source ?? '' })}
          clearable
          searchable
          w={{ ...width, md: 210 }}
        />
        <Select
          aria-label="State"
          data={ruleStates.map((value) => ({ value, label: states[value] }))}
          value={wanted.state}
          onChange={(state) => onFilter({ state: state ?? 'any' })}
          allowDeselect={false}
          w={{ ...width, md: 210 }}
        />
      </Group>
    </Group>
  );
}
