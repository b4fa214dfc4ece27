import { Button, Grid, Menu } from '@mantine/core';
import { IconCode, IconKey, IconMessageChatbot, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import { useKeys, useProviders } from '@/api/queries';
import { Empty } from '@/components/Empty';
import { Failure } from '@/components/Failure';
import { Page } from '@/components/Page';
import { type ChatOptions } from '@/lib/chat';
import { Conversation } from './Conversation';
import { Options } from './Options';
import { Snippet, type SnippetKind } from './Snippet';
import { useChat } from './useChat';

const about =
  'Talk to a provider as one of your applications would: the same path, guard rails, limits and accounting.';
const initial: ChatOptions = { model: '', system: '', temperature: '', topP: '', maxTokens: '', stream: true };

/** A chat with any key's provider through the real data path. */
export function Playground() {
  const [query, setQuery] = useSearchParams();
  const keys = useKeys();
  const providers = useProviders();
  const [options, setOptions] = useState(initial);
  const [snippet, setSnippet] = useState<SnippetKind | null>(null);
  const providerOf = new Map(providers.data?.map((provider) => [provider.id, provider]));
  const usable = (keys.data ?? []).filter((key) => !key.revoked_at && providerOf.has(key.provider_id));
  const key = usable.find(({ id }) => id === query.get('key')) ?? usable[0];
  const provider = key && providerOf.get(key.provider_id);
  const model = options.model || (provider?.kind === 'sandbox' ? 'sandbox-echo' : '');
  const chosen = { ...options, model };
  const chat = useChat(key?.id ?? null, chosen);
  const error = keys.error ?? providers.error;
  if (error)
    return (
      <Page title="Playground" about={about}>
        <Failure error={error} title="The keys could not be read" retry={() => void keys.refetch()} />
      </Page>
    );
  if (keys.data && providers.data && !key)
    return (
      <Page title="Playground" about={about}>
        <Empty
          icon={IconKey}
          title="There is no key to call with"
          action={
            <Button component={Link} to={providers.data.length > 0 ? '/keys' : '/providers'}>
              {providers.data.length > 0 ? 'Create a key' : 'Create a provider'}
            </Button>
          }
        >
          A call needs a key, and a key needs a provider. The provider <code>sandbox:</code> works offline.
        </Empty>
      </Page>
    );
  return (
    <Page
      title="Playground"
      about={about}
      actions={
        <>
          <Menu position="bottom-end">
            <Menu.Target>
              <Button variant="default" leftSection={<IconCode size={16} />} disabled={chat.turns.length === 0}>
                Copy as code
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => setSnippet('curl')}>curl</Menu.Item>
              <Menu.Item onClick={() => setSnippet('Python')}>Python</Menu.Item>
            </Menu.Dropdown>
          </Menu>
          <Button
            variant="default"
            leftSection={<IconTrash size={16} />}
            onClick={chat.clear}
            disabled={chat.turns.length === 0}
          >
            Clear
          </Button>
        </>
      }
    >
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 8 }}>
          <Conversation chat={chat} ready={key !== undefined && model !== ''} icon={IconMessageChatbot} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 4 }}>
          <Options
            keys={usable}
            providerName={provider?.name}
            keyId={key?.id ?? null}
            onKey={(id) => {
              setQuery({ key: id });
              setOptions({ ...options, model: '' });
            }}
            options={chosen}
            onOptions={(changes) => setOptions({ ...options, ...changes })}
          />
        </Grid.Col>
      </Grid>
      <Snippet kind={snippet} turn={chat.turns.at(-1)} onClose={() => setSnippet(null)} />
    </Page>
  );
}
