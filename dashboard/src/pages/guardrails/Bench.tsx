import { Card, Group, Loader, Select, Stack, Switch, Tabs, Text, Textarea, Title } from '@mantine/core';
import { useState } from 'react';
import { ApiError } from '@/api/client';
import { useKeys } from '@/api/queries';
import { Failure } from '@/components/Failure';
import { endpoints, jsonFault, sampleBody } from '@/lib/ruleExamples';
import { Outcome } from './Outcome';
import { type Draft, type TrialInput, useTrial } from './useTrial';

const monospace = { input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } };

const start: TrialInput = {
  kind: 'text',
  text: '',
  body: sampleBody('chat/completions'),
  endpoint: 'chat/completions',
  withStored: true,
  direction: 'request',
  keyId: '',
};

const BAD_PATTERN = 'The pattern is not valid yet. Mend it to try it.';

/** What the gateway says of one field. */
const faultAt = (field: string, error: Error | null) =>
  error instanceof ApiError && error.param === field ? error.message : null;

/** Why there is nothing to try yet; null when there is. */
function missing(input: TrialInput, draft: Draft | undefined): string | null {
  if (draft?.isBad) return BAD_PATTERN;
  if (draft?.rule.pattern === '' && !input.withStored) return 'Write a pattern, or apply the stored rules.';
  if (input.kind === 'text' && input.text === '') return 'Type or paste a text to see what would become of it.';
  return null;
}

interface BenchProps {
  /** The rule in the editor; without one only the rules in force are tried. */
  draft?: Draft;
  title?: string;
}

/** A text or a request, and what the rules would do to it. Nothing of it is recorded or sent on. */
export function Bench({ draft, title }: BenchProps) {
  const [input, setInput] = useState(start);
  const keys = useKeys();
  const set = (change: Partial<TrialInput>) => setInput((before) => ({ ...before, ...change }));
  const fault = input.kind === 'body' ? jsonFault(input.body) : null;
  const lack = missing(input, draft);
  const { trial, isPending } = useTrial(input, draft, lack === null && fault === null);
  // The trial may know before the check does.
  const hint = lack ?? (faultAt('pattern', trial.error) && BAD_PATTERN);
  const refused = isPending ? null : (faultAt('text', trial.error) ?? faultAt('body', trial.error));
  const isAnswer = input.direction === 'response';
  /** Another endpoint or direction; a sample that nobody has changed changes with it. */
  const choose = (change: Partial<Pick<TrialInput, 'endpoint' | 'direction'>>) => {
    const { endpoint, direction } = { ...input, ...change };
    const isSample = input.body === sampleBody(input.endpoint, input.direction);
    set({ ...change, ...(isSample && { body: sampleBody(endpoint, direction) }) });
  };
  return (
    <Card component="section" aria-label="Test bench">
      <Stack>
        <Group justify="space-between" gap="xs">
          <div>
            <Title order={2} size="h4">
              {title ?? (draft ? 'Test bench' : 'A text, or a whole request')}
            </Title>
            <Text size="xs" c="dimmed">
              Nothing here is recorded, counted or sent to a provider.
            </Text>
          </div>
          {draft && (
            <Switch
              size="sm"
              label="Also apply the stored rules"
              checked={input.withStored}
              onChange={(event) => set({ withStored: event.currentTarget.checked })}
            />
          )}
        </Group>
        <Tabs
          value={input.kind}
          onChange={(kind) => set({ kind: kind === 'body' ? 'body' : 'text' })}
          keepMounted={false}
        >
          <Tabs.List>
            <Tabs.Tab value="text">Text</Tabs.Tab>
            <Tabs.Tab value="body">{isAnswer ? 'Answer body' : 'Request body'}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="text" pt="sm">
            <Textarea
              label="Text"
              description="As it would stand in a message's content"
              placeholder="Type or paste a text"
              value={input.text}
              onChange={(event) => set({ text: event.currentTarget.value })}
              error={refused}
              autosize
              minRows={5}
              maxRows={14}
              spellCheck={false}
              autoComplete="off"
              styles={monospace}
            />
          </Tabs.Panel>
          <Tabs.Panel value="body" pt="sm">
            <Stack gap="sm">
              <Select
                label="Endpoint"
                description="It decides which texts may be changed"
                data={endpoints.map((name) => ({ value: name, label: `/v1/${name}` }))}
                value={input.endpoint}
                onChange={(endpoint) => endpoint && choose({ endpoint })}
                allowDeselect={false}
              />
              <Textarea
                label="Body"
                description={isAnswer ? 'JSON, as the provider would answer' : 'JSON, as a client would send it'}
                value={input.body}
                onChange={(event) => set({ body: event.currentTarget.value })}
                error={fault ?? refused}
                autosize
                minRows={8}
                maxRows={20}
                spellCheck={false}
                autoComplete="off"
                styles={monospace}
              />
            </Stack>
          </Tabs.Panel>
        </Tabs>
        <Group gap="sm" align="flex-end">
          <Select
            label="Which way it goes"
            data={[
              { value: 'request', label: 'Request' },
              { value: 'response', label: 'Answer' },
            ]}
            value={input.direction}
            onChange={(direction) => direction && choose({ direction })}
            allowDeselect={false}
            style={{ flex: '1 1 140px' }}
          />
          <Select
            label="Whose call it is"
            placeholder="Anybody's"
            data={(keys.data ?? []).filter((key) => !key.revoked_at).map((key) => ({ value: key.id, label: key.name }))}
            value={input.keyId || null}
            onChange={(keyId) => set({ keyId: keyId ?? '' })}
            searchable
            clearable
            style={{ flex: '2 1 180px' }}
          />
        </Group>
        <Stack gap="sm" mih={120} aria-live="polite">
          {hint !== null && (
            <Text size="sm" c="dimmed">
              {hint}
            </Text>
          )}
          {hint === null && fault === null && trial.error && !isPending && !refused && (
            <Failure error={trial.error} title="It could not be tried" />
          )}
          {hint === null && fault === null && !trial.error && trial.data && (
            <Outcome tested={trial.data} isPending={isPending} isBody={input.kind === 'body'} isAnswer={isAnswer} />
          )}
          {hint === null && fault === null && !trial.data && isPending && (
            <Loader size="sm" aria-label="Trying the rules" />
          )}
        </Stack>
      </Stack>
    </Card>
  );
}
