import { Skeleton, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { useAllGuardrails, usePacks } from '@/api/queries';
import { Failure } from '@/components/Failure';
import { Page } from '@/components/Page';
import type { Pack, PackChange } from '@/lib/packs';
import { Sections } from '../Sections';
import { ChangePack } from './ChangePack';
import { ImportedSets } from './ImportedSets';
import { PackCard } from './PackCard';
import { PackDrawer } from './PackDrawer';

/** The packs that come with the gateway, one switch each, and the rule sets that were imported. */
export function Packs() {
  const packs = usePacks();
  const rules = useAllGuardrails();
  const [query, setQuery] = useSearchParams();
  const [wish, setWish] = useState<{ pack: Pack; change: PackChange } | null>(null);
  const opened = packs.data?.find(({ name }) => name === query.get('pack')) ?? null;
  const open = (name: string | null) => setQuery(name ? { pack: name } : {}, { preventScrollReset: true });
  return (
    <Page
      title="Packs"
      about="Rules for what most gateways meet. Each pack has one switch, and each of its rules another."
    >
      <Sections now="packs" />
      {packs.error && (
        <Failure error={packs.error} title="The packs could not be read" retry={() => void packs.refetch()} />
      )}
      {rules.error && (
        <Failure
          error={rules.error}
          title="What the rules found could not be read"
          retry={() => void rules.refetch()}
        />
      )}
      <Stack gap="md">
        {packs.isPending && [0, 1, 2].map((index) => <Skeleton key={index} height={190} />)}
        {packs.data?.map((pack) => (
          <PackCard
            key={pack.name}
            pack={pack}
            rules={pack.enabled ? rules.data?.filter((rule) => rule.origin === 'pack' && rule.pack === pack.name) : []}
            onWish={(change) => setWish({ pack, change })}
            onOpen={() => open(pack.name)}
          />
        ))}
      </Stack>
      <Stack gap="xs" component="section" aria-labelledby="imported">
        <Title order={2} size="h4" id="imported">
          Imported
        </Title>
        <Text size="sm" c="dimmed">
          Rule sets of other programs, brought along by you. Their rules are your own: each can be edited.
        </Text>
        <ImportedSets rules={rules.data} />
      </Stack>
      {wish && <ChangePack {...wish} onClose={() => setWish(null)} />}
      <PackDrawer
        pack={opened}
        onClose={() => open(null)}
        onSwitch={(enabled) => opened && setWish({ pack: opened, change: { enabled } })}
      />
    </Page>
  );
}
