import { Button, Card, Grid, Group, Stack, Switch } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { api, ApiError, data } from '@/api/client';
import { Failure } from '@/components/Failure';
import { Page } from '@/components/Page';
import { done } from '@/lib/notify';
import { lockOf } from '@/lib/ruleList';
import { changesOf, type RuleFields } from '@/lib/rules';
import { DeleteRule } from './DeleteRule';
import { DryRun } from './DryRun';
import { Lockable } from './fields/Lockable';
import { MoreFields } from './fields/MoreFields';
import { NameFields } from './fields/NameFields';
import { HistoryField } from './HistoryField';
import { ModeField } from './ModeField';
import { PatternField } from './PatternField';
import { ReplacementField } from './ReplacementField';
import { refreshRules, type Rule } from './rule';
import { RuleFacts } from './RuleFacts';
import { Sides } from './Sides';
import { SyntaxHelp } from './SyntaxHelp';
import { Unsaved } from './Unsaved';
import { useChecked } from './useChecked';

interface EditorProps {
  /** What the form begins with. */
  start: RuleFields;
  /** The rule that is edited; none when one is made. */
  stored?: Rule;
}

/** One rule, and a bench to try it on before it is saved. */
export function Editor({ start, stored }: EditorProps) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [rule, setRule] = useState<RuleFields>(start);
  const [isDoomed, setDoomed] = useState(false);
  const leaving = useRef(false);
  const isBuiltIn = stored?.origin === 'built-in';
  const checked = useChecked(rule, !isBuiltIn);
  const set = (change: Partial<RuleFields>) => setRule((before) => ({ ...before, ...change }));
  const changes = changesOf(start, rule);
  const isChanged = Object.keys(changes).length > 0;
  const leave = () => {
    leaving.current = true;
    void navigate('/guardrails');
  };
  const save = useMutation({
    mutationFn: () =>
      stored
        ? data(api.PATCH('/admin/guardrails/{id}', { params: { path: { id: stored.id } }, body: changes }))
        : data(api.POST('/admin/guardrails', { body: rule })),
    onSuccess: ({ enabled }) => {
      done(enabled ? 'The rule is saved and in force.' : 'The rule is saved. It is not applied until it is enabled.');
      leave();
    },
    onSettled: () => void refreshRules(client),
  });
  const said = save.error instanceof ApiError ? save.error : null;
  const isBad = rule.pattern === '' || checked.answer?.ok === false;
  /** What the gateway has against a member: when it was to be saved, or while it is written. */
  const faultOf = (member: string): string | null => {
    const { answer } = checked;
    if (answer?.ok === false && answer.param?.split('.')[0] === member) return answer.reason ?? null;
    return said?.param?.split('.')[0] === member ? said.message : null;
  };
  const refused = said?.param === 'pattern' ? said.message : null;
  const parts = { rule, set, faultOf };
  const isLocked = stored !== undefined && lockOf(stored) !== null;
  const title = !stored ? 'New rule' : isLocked ? 'Rule' : 'Edit rule';
  return (
    <Page
      title={title}
      about="Looked for in every text of every request, on every endpoint, before it leaves; in answers too, if you like."
    >
      {stored && <RuleFacts rule={stored} />}
      <Grid gap="lg" align="flex-start">
        <Grid.Col span={{ base: 12, lg: 6 }}>
          <Card
            component="form"
            aria-label={title}
            onSubmit={(event) => {
              event.preventDefault();
              if (!isBad && !isLocked) save.mutate();
            }}
          >
            <Stack gap="lg">
              <Lockable isLocked={isLocked}>
                <NameFields {...parts} />
                <PatternField
                  value={rule.pattern}
                  onChange={(pattern) => set({ pattern })}
                  checked={isBuiltIn ? undefined : checked}
                  refused={refused}
                />
              </Lockable>
              {!isBuiltIn && <SyntaxHelp />}
              <Lockable isLocked={isLocked}>
                <ModeField value={rule.mode} onChange={(mode) => set({ mode })} disabled={isLocked} />
                {rule.mode === 'replace' && <ReplacementField {...parts} />}
                {rule.mode === 'reject' && <HistoryField {...parts} />}
              </Lockable>
              <MoreFields {...parts} isLocked={isLocked} />
              <DryRun checked={checked} />
              <Switch
                label="Enabled"
                description="A rule that is not enabled is kept and not applied."
                checked={rule.enabled}
                disabled={isLocked}
                onChange={(event) => set({ enabled: event.currentTarget.checked })}
              />
              {save.error && !said?.param && <Failure error={save.error} title="The rule was not saved" />}
              {!isLocked && (
                <Group justify="space-between">
                  <Group gap="sm">
                    <Button
                      type="submit"
                      loading={save.isPending}
                      disabled={isBad || (stored !== undefined && !isChanged)}
                    >
                      {stored ? 'Save' : 'Create rule'}
                    </Button>
                    <Button variant="default" component={Link} to="/guardrails">
                      Cancel
                    </Button>
                  </Group>
                  {stored && (
                    <Button
                      variant="light"
                      color="red"
                      leftSection={<IconTrash size={16} aria-hidden />}
                      onClick={() => setDoomed(true)}
                    >
                      Delete
                    </Button>
                  )}
                </Group>
              )}
            </Stack>
          </Card>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 6 }}>
          <Sides
            draft={{ rule, id: stored?.id, isBad: checked.answer?.ok === false }}
            isLocked={isLocked}
            isBuiltIn={isBuiltIn}
          />
        </Grid.Col>
      </Grid>
      {stored && isDoomed && <DeleteRule rule={stored} onClose={() => setDoomed(false)} onDeleted={leave} />}
      <Unsaved isChanged={isChanged} leaving={leaving} />
    </Page>
  );
}
