import { Chip, Group, Select, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { count } from '@/lib/format';
import { filterCounts, type Key, type KeyFilter, keyFilters, type KeyWanted } from '@/lib/keys';
import type { Provider } from '@/lib/providers';

interface KeyFiltersProps {
  keys: readonly Key[] | undefined;
  providers: readonly Provider[] | undefined;
  wanted: KeyWanted;
  onSearch: (search: string) => void;
  onFilter: (filter: KeyFilter) => void;
  onProvider: (id: string | null) => void;
}

const words: Record<KeyFilter, string> = { active: 'Active', revoked: 'Revoked', all: 'All' };

/** Narrow the list down: by name, by provider, by state. */
export function KeyFilters({ keys, providers, wanted, onSearch, onFilter, onProvider }: KeyFiltersProps) {
  const counts = keys && filterCounts(keys);
  const options = (providers ?? []).map(({ id, name }) => ({ value: id, label: name }));
  const isGone = wanted.providerId !== null && providers && !options.some(({ value }) => value === wanted.providerId);
  if (isGone && wanted.providerId) options.push({ value: wanted.providerId, label: 'A deleted provider' });
  return (
    <Group gap="sm">
      <TextInput
        aria-label="Search keys by name"
        placeholder="Search by name"
        type="search"
        leftSection={<IconSearch size={16} aria-hidden />}
        value={wanted.search}
        onChange={(event) => onSearch(event.currentTarget.value)}
        w={{ base: '100%', xs: 240 }}
      />
      <Select
        aria-label="Provider"
        placeholder="All providers"
        data={options}
        value={wanted.providerId}
        onChange={onProvider}
        clearable
        searchable
        w={{ base: '100%', xs: 200 }}
      />
      <Group gap={6} role="group" aria-label="State">
        {keyFilters.map((filter) => (
          <Chip
            key={filter}
            type="radio"
            name="state"
            size="sm"
            checked={wanted.filter === filter}
            onChange={() => onFilter(filter)}
          >
            {words[filter]}
            {counts && ` ${count(counts[filter])}`}
          </Chip>
        ))}
      </Group>
    </Group>
  );
}
