import { Anchor, Button, Card, Group, Loader, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { Link } from 'react-router';
import { api, data } from '@/api/client';
import { Failure } from '@/components/Failure';
import { Page } from '@/components/Page';
import { type ImportFormat, type ImportReport, unsendable } from '@/lib/imports';
import { rulesIn } from '@/lib/packs';
import type { Mode } from '@/lib/rules';
import { refreshRules } from '../rule';
import { Choices } from './Choices';
import { Imported } from './Imported';
import { Report } from './Report';
import { Source } from './Source';

export interface Order {
  content: string;
  /** What these rules are told from others by: the file's name at first. */
  name: string;
  format: ImportFormat | null;
  mode: Mode | null;
}

const nothing: Order = { content: '', name: '', format: null, mode: null };

const send = ({ content, name, format, mode }: Order, dryRun: boolean) =>
  data(
    api.POST('/admin/guardrails/import', {
      body: { content, name: name.trim(), dry_run: dryRun, ...(format && { format }), ...(mode && { mode }) },
    }),
  );

/** Rules out of a file: what would become of it first, and only then the import. */
export function Import() {
  const client = useQueryClient();
  const [order, setOrder] = useState(nothing);
  const trial = useMutation({ mutationFn: (tried: Order) => send(tried, true) });
  const taking = useMutation({
    mutationFn: (wanted: Order) => send(wanted, false),
    onSettled: () => void refreshRules(client),
  });
  const change = (changes: Partial<Order>) => {
    setOrder({ ...order, ...changes });
    trial.reset();
    taking.reset();
  };
  const refusal = order.content === '' ? null : unsendable(order.content);
  if (taking.data) return <Done report={taking.data} onAgain={() => change(nothing)} />;
  return (
    <Page
      title="Import rules"
      about="From gitleaks, Nosey Parker, Kingfisher, CSV, or a file of your own. Nothing is stored before you have seen what would be."
      actions={
        <Button component={Link} to="/guardrails" variant="default">
          All rules
        </Button>
      }
    >
      <Card>
        <Stack>
          <Source order={order} onChange={change} />
          {refusal && (
            <Text size="sm" c="var(--mantine-color-error)" role="alert">
              {refusal}
            </Text>
          )}
          <Choices order={order} onChange={change} />
          <Group>
            <Button
              onClick={() => trial.mutate(order)}
              loading={trial.isPending}
              disabled={order.content === '' || refusal !== null}
              variant={trial.data ? 'default' : 'filled'}
            >
              See what would be imported
            </Button>
            {trial.isPending && (
              <Group gap={8} role="status">
                <Loader size={14} aria-hidden />
                <Text size="sm" c="dimmed">
                  Each rule is tried on ordinary and on hostile texts…
                </Text>
              </Group>
            )}
          </Group>
        </Stack>
      </Card>
      {trial.error && <Failure error={trial.error} title="This cannot be imported" />}
      {trial.data && (
        <Outcome report={trial.data}>
          {taking.error && <Failure error={taking.error} title="Nothing was imported" />}
          <Group>
            <Button
              onClick={() => taking.mutate(order)}
              loading={taking.isPending}
              disabled={trial.data.imported.length === 0}
            >
              Import {rulesIn(trial.data.imported.length)}
            </Button>
            <Text size="sm" c="dimmed">
              All of them at once, or none. They are in force when that is done.
            </Text>
          </Group>
        </Outcome>
      )}
    </Page>
  );
}

function Outcome({ report, children }: { report: ImportReport; children: React.ReactNode }) {
  const place = useRef<HTMLElement>(null);
  // What was asked for may lie below what is seen.
  useEffect(() => {
    // Newer browsers return a promise, which is no cleanup.
    place.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  return (
    <Card component="section" aria-label="What would be imported" ref={place} style={{ scrollMarginTop: 70 }}>
      <Stack>
        <Report report={report} />
        {children}
      </Stack>
    </Card>
  );
}

function Done({ report, onAgain }: { report: ImportReport; onAgain: () => void }) {
  return (
    <Page
      title="Import rules"
      about={
        <Anchor component={Link} to="/guardrails/packs">
          Packs and imports
        </Anchor>
      }
    >
      <Imported report={report} onAgain={onAgain} />
    </Page>
  );
}
