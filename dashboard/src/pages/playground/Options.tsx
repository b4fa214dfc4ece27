import { Autocomplete, Card, NumberInput, Select, Stack, Switch, Text, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Schema } from '@/api/client';
import { request } from '@/api/client';
import type { ChatOptions } from '@/lib/chat';

interface OptionsProps {
  keys: readonly Schema<'ApiKey'>[];
  providerName: string | undefined;
  keyId: string | null;
  onKey: (id: string) => void;
  options: ChatOptions;
  onOptions: (changes: Partial<ChatOptions>) => void;
}

const numberOrEmpty = (value: string | number): number | '' => (typeof value === 'number' ? value : '');

/** As whom to call, which model, and how. */
export function Options({ keys, providerName, keyId, onKey, options, onOptions }: OptionsProps) {
  // Asking a provider for its models is a call of the key as well: only who wants to choose asks.
  const [isChoosing, setChoosing] = useState(false);
  const models = useQuery({
    queryKey: ['models', keyId],
    queryFn: async ({ signal }) => {
      const response = await request(`/admin/playground/${keyId ?? ''}/models`, { signal });
      const list = (await response.json()) as { data?: { id: string }[] };
      return (list.data ?? []).map((model) => model.id);
    },
    enabled: keyId !== null && isChoosing,
    retry: false,
    staleTime: 300_000,
  });
  return (
    <Card padding="md">
      <Stack gap="sm">
        <Select
          label="Key"
          description={providerName ? `Calls ${providerName}; its limit and usage count` : undefined}
          data={keys.map((key) => ({ value: key.id, label: key.name }))}
          value={keyId}
          onChange={(id) => id && onKey(id)}
          searchable
          allowDeselect={false}
        />
        <Autocomplete
          label="Model"
          description={models.error ? 'This provider has no list of models: type a name' : undefined}
          placeholder={models.isLoading ? 'Asking the provider…' : 'gpt-5-mini'}
          data={[...new Set(models.data ?? [])]}
          value={options.model}
          onChange={(model) => onOptions({ model })}
          onFocus={() => setChoosing(true)}
          limit={200}
          maxDropdownHeight={300}
          required
        />
        <Textarea
          label="System prompt"
          autosize
          minRows={2}
          maxRows={8}
          value={options.system}
          onChange={(event) => onOptions({ system: event.currentTarget.value })}
        />
        <NumberInput
          label="Temperature"
          placeholder="provider's default"
          min={0}
          max={2}
          step={0.1}
          value={options.temperature}
          onChange={(value) => onOptions({ temperature: numberOrEmpty(value) })}
        />
        <NumberInput
          label="Top p"
          placeholder="provider's default"
          min={0}
          max={1}
          step={0.05}
          value={options.topP}
          onChange={(value) => onOptions({ topP: numberOrEmpty(value) })}
        />
        <NumberInput
          label="Most tokens of the answer"
          placeholder="provider's default"
          min={1}
          allowDecimal={false}
          value={options.maxTokens}
          onChange={(value) => onOptions({ maxTokens: numberOrEmpty(value) })}
        />
        <Switch
          label="Stream the answer"
          checked={options.stream}
          onChange={(event) => onOptions({ stream: event.currentTarget.checked })}
        />
        <Text size="xs" c="dimmed">
          These are real calls: they pass the guard rails, count against the key&apos;s limit and are booked as its
          usage.
        </Text>
      </Stack>
    </Card>
  );
}
