import { Select, SimpleGrid, Text } from '@mantine/core';
import { useKeys, useProviders } from '@/api/queries';
import { useSummary } from '@/api/usage';
import { statuses, type UsageFilters, withChosen } from '@/lib/usage';

interface FiltersProps {
  period: { start: string; end: string };
  filters: UsageFilters;
  onFilter: (name: keyof UsageFilters, value: string | null) => void;
}

/** Which calls are counted; each choice stands in the page's address. */
export function Filters({ period, filters, onFilter }: FiltersProps) {
  const keys = useKeys();
  const providers = useProviders();
  const models = useSummary({ ...period, group_by: 'model', bucket: 'day', limit: 100 });
  const named = (records: readonly { id: string; name: string }[] | undefined) =>
    (records ?? []).map(({ id, name }) => ({ value: id, label: name }));
  const choices = [
    { name: 'api_key_id', label: 'Key', data: named(keys.data) },
    { name: 'provider_id', label: 'Provider', data: named(providers.data) },
    {
      name: 'model',
      label: 'Model',
      data: (models.data?.groups ?? [])
        .filter(({ group }) => group !== '')
        .map(({ group }) => ({ value: group, label: group })),
    },
    {
      name: 'status',
      label: 'Status',
      data: Object.keys(statuses).map((value) => ({ value, label: value })),
    },
  ] as const;
  return (
    <SimpleGrid cols={{ base: 2, md: 4 }} spacing="sm" role="group" aria-label="Filters" flex={1} maw={840}>
      {choices.map(({ name, label, data }) => {
        const chosen = filters[name] ?? null;
        return (
          <Select
            key={name}
            label={label}
            placeholder="All"
            data={withChosen(data, chosen)}
            value={chosen}
            onChange={(value) => onFilter(name, value)}
            searchable={name !== 'status'}
            renderOption={({ option }) =>
              name === 'status' ? <StatusOption value={option.value} /> : <Text size="sm">{option.label}</Text>
            }
            clearable
            clearButtonProps={{ 'aria-label': `Clear the filter by ${label.toLowerCase()}` }}
            nothingFoundMessage="Nothing of that name"
            comboboxProps={{ width: 'max-content', position: 'bottom-start' }}
          />
        );
      })}
    </SimpleGrid>
  );
}

const StatusOption = ({ value }: { value: string }) => (
  <div>
    <Text size="sm">{value}</Text>
    <Text size="xs" c="dimmed">
      {statuses[value as keyof typeof statuses]}
    </Text>
  </div>
);
