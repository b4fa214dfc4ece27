import { Anchor, Card, Code, Group, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { ActionBadge, ModeBadge, SeverityBadge } from '@/components/Badges';
import { Copy } from '@/components/Copy';
import { Time } from '@/components/Time';
import { wordFor } from '@/lib/eventFilters';
import { count } from '@/lib/format';
import { views } from '@/lib/rules';
import type { Brief } from './columns';

interface FactProps {
  name: string;
  children: ReactNode;
  /** What its button copies. */
  copy?: string;
}

const Fact = ({ name, children, copy }: FactProps) => (
  <div>
    <Text component="dt" size="xs" c="dimmed">
      {name}
    </Text>
    <Group component="dd" justify="space-between" wrap="nowrap" gap="xs" align="flex-start" m={0} mih={28}>
      <Text component="div" size="sm" miw={0} lh="28px" style={{ overflowWrap: 'anywhere' }}>
        {children}
      </Text>
      {copy && <Copy value={copy} label={`Copy ${name.toLowerCase()}`} />}
    </Group>
  </div>
);

const outcomes: Record<Brief['action'], string> = {
  rejected: 'The call was refused.',
  replaced: 'The call went on without what was found.',
  pseudonymised: 'The provider got a placeholder, the client its value back.',
  monitored: 'Nothing was changed: it is on record only.',
};

const To = ({ to, children }: { to: string; children: ReactNode }) => (
  <Anchor component={Link} to={to} inherit underline="always">
    {children}
  </Anchor>
);

/** All that is known of an event but its text. */
export function Facts({ event }: { event: Brief }) {
  return (
    <Card component="section" aria-label="What is known">
      <Title order={2} size="h5" mb="md">
        What is known
      </Title>
      <Stack component="dl" gap={6} m={0}>
        <Fact name="Time" copy={event.created_at}>
          <Time value={event.created_at} />
        </Fact>
        <Fact name="Outcome">
          <Group component="span" gap="xs">
            <ActionBadge action={event.action} />
            {outcomes[event.action]}
          </Group>
        </Fact>
        <Fact name="Severity">
          <SeverityBadge severity={event.severity} />
        </Fact>
        <Fact name="Rule" copy={event.guardrail_id}>
          {event.rule_name && (
            <Text span inherit fw={550}>
              {event.rule_name}{' '}
            </Text>
          )}
          <Text span inherit c="dimmed">
            version {event.rule_version}
          </Text>{' '}
          <ModeBadge mode={event.mode} /> <To to={`/guardrails/${event.guardrail_id}`}>Open the rule</To> ·{' '}
          <To to={`/events?guardrail_id=${event.guardrail_id}`}>its events</To>
        </Fact>
        <Fact name="Pattern" copy={event.pattern}>
          <Code>{event.pattern}</Code>
        </Fact>
        <Fact name="Direction">
          {wordFor('direction', event.direction)}
          {event.direction === 'response' && ', on its way to the client'}
        </Fact>
        <Fact name="View">
          {wordFor('view', event.view)}
          <Text span inherit c="dimmed">
            : {views.find(({ value }) => value === event.view)?.about}
          </Text>
        </Fact>
        <Fact name="Kind of field">{wordFor('field_class', event.field_class)}</Fact>
        <Fact name="Place" copy={event.place}>
          {event.place ? <Code>{event.place}</Code> : '–'} · {count(event.matches)}{' '}
          {event.matches === 1 ? 'match' : 'matches'}
        </Fact>
        <Fact name="Endpoint" copy={event.endpoint}>
          <Code>{event.endpoint}</Code>
        </Fact>
        <Fact name="Model" copy={event.model}>
          {event.model || '–'}
        </Fact>
        <Fact name="Key" copy={event.api_key_id}>
          {event.api_key_name ?? <Code>{event.api_key_id}</Code>} · <To to="/keys">all keys</To> ·{' '}
          <To to={`/events?api_key_id=${event.api_key_id}`}>its events</To> ·{' '}
          <To to={`/usage?api_key_id=${event.api_key_id}`}>its usage</To>
        </Fact>
        <Fact name="Provider" copy={event.provider_id}>
          {event.provider_name ?? (event.provider_id ? <Code>{event.provider_id}</Code> : '–')}
        </Fact>
        <Fact name="Call id" copy={event.call_id}>
          <Code>{event.call_id}</Code> · <To to={`/events?call_id=${encodeURIComponent(event.call_id)}`}>its events</To>
        </Fact>
        <Fact name="Request id" copy={event.request_id}>
          {event.request_id ? <Code>{event.request_id}</Code> : '–'}
        </Fact>
        <Fact name="Went to the provider">{event.is_forwarded === null ? '–' : event.is_forwarded ? 'Yes' : 'No'}</Fact>
        <Fact name="Client, hashed" copy={event.client_hash}>
          {event.client_hash ? (
            <>
              <Code>{event.client_hash}</Code> · <To to={`/events?client_hash=${event.client_hash}`}>its events</To>
            </>
          ) : (
            '–'
          )}
        </Fact>
        <Fact name="Inspection">
          {event.latency_us === null ? '–' : `${count(event.latency_us)} µs`}
          {event.body_bytes !== null && ` for ${count(event.body_bytes)} bytes`}
          {event.ruleset_version !== null && (
            <Text span inherit c="dimmed">
              {' '}
              under revision {count(event.ruleset_version)} of the rules
            </Text>
          )}
        </Fact>
        <Fact name="Event id" copy={event.id}>
          <Code>{event.id}</Code>
        </Fact>
      </Stack>
    </Card>
  );
}
