import { Alert, Button, Group, Stack, Tabs, Text, TextInput, Title } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import type { Schema } from '@/api/client';
import { CodeBlock } from '@/components/CodeBlock';
import { Copy } from '@/components/Copy';
import type { Kind } from '@/lib/providers';
import { snippets } from '@/lib/snippets';

interface MintedProps {
  minted: Schema<'MintedKey'>;
  kind: Kind;
  /** The key was copied, alone or in a snippet. */
  onStored: () => void;
  onClose: () => void;
}

/** A new key, this once, and ways to use it. */
export function Minted({ minted, kind, onStored, onClose }: MintedProps) {
  const [isStored, setStored] = useState(false);
  const ways = snippets(window.location.origin, minted.key, kind);
  const stored = () => {
    setStored(true);
    onStored();
  };
  useEffect(() => {
    if (isStored) return undefined;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [isStored]);
  return (
    <Stack onCopy={(event) => copied(event.target).includes(minted.key) && stored()}>
      <Alert
        color="yellow"
        icon={<IconAlertTriangle size={18} aria-hidden />}
        title="Store the key now"
        styles={{ label: { color: 'var(--mantine-color-text)' } }}
      >
        It is not shown again: the gateway keeps only its digest.
      </Alert>
      <Group align="flex-end" gap="sm" wrap="nowrap">
        <TextInput
          label={`Key of ${minted.name}`}
          value={minted.key}
          onFocus={(event) => event.currentTarget.select()}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }}
          flex={1}
          readOnly
          data-autofocus
        />
        <Copy value={minted.key} label="Copy the key" text="Copy" onCopied={stored} />
      </Group>
      <div>
        <Title order={3} size="h5">
          Use it
        </Title>
        <Text size="sm" c="dimmed">
          {kind === 'azure' ? 'The model is the name of your deployment.' : 'Any model of the provider can be named.'}
        </Text>
      </div>
      <Tabs defaultValue="curl" keepMounted={false}>
        <Tabs.List aria-label="Ways to use the key">
          {ways.map(({ title }) => (
            <Tabs.Tab key={title} value={title} px="sm">
              {title}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {ways.map(({ title, code }) => (
          <Tabs.Panel key={title} value={title} pt="sm" mih={236}>
            <CodeBlock code={code} label={title} onCopied={stored} />
          </Tabs.Panel>
        ))}
      </Tabs>
      <Group justify="flex-end">
        <Button onClick={onClose}>{isStored ? 'Done' : 'I have stored the key'}</Button>
      </Group>
    </Stack>
  );
}

/** What a copy by hand puts on the clipboard: browsers tell of a field's selection and of the page's apart. */
function copied(from: EventTarget): string {
  if (from instanceof HTMLInputElement) return from.value.slice(from.selectionStart ?? 0, from.selectionEnd ?? 0);
  return document.getSelection()?.toString() ?? '';
}
