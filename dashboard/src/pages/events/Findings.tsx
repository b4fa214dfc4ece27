import { Anchor, Box, Card, Code, Group, Stack, Text, Title } from '@mantine/core';
import { IconRoute } from '@tabler/icons-react';
import { Link } from 'react-router';
import { Copy } from '@/components/Copy';
import { secretsOf } from '@/lib/secrets';
import { count } from '@/lib/format';
import type { Brief } from './columns';

const SHOWN = 20;

/** The secrets of an event: masked, by their fingerprints, each with the way to where else it went. */
export function Findings({ event }: { event: Brief }) {
  const secrets = secretsOf(event);
  return (
    <Card component="section" aria-label="What was found">
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h5">
          What was found
        </Title>
        <Text size="xs" c="dimmed">
          {count(event.matches)} {event.matches === 1 ? 'match' : 'matches'}
        </Text>
      </Group>
      {secrets.length === 0 ? (
        <Text size="sm" c="dimmed">
          The event is of a release that kept no fingerprints.
        </Text>
      ) : (
        <Stack gap="xs">
          {secrets.slice(0, SHOWN).map(({ fingerprint, preview, times }) => (
            <Box
              key={fingerprint}
              p="sm"
              style={{ border: '1px solid var(--mantine-color-default-border)', borderRadius: 8 }}
            >
              <Group justify="space-between" gap="xs">
                <Group gap="xs" miw={0}>
                  <Code fz="sm" style={{ overflowWrap: 'anywhere' }}>
                    {preview || '–'}
                  </Code>
                  {times > 1 && (
                    <Text size="xs" c="dimmed">
                      {count(times)} times in this text
                    </Text>
                  )}
                </Group>
                <Anchor component={Link} to={`/events/secrets/${fingerprint}`} size="sm">
                  <Group gap={6} wrap="nowrap">
                    <IconRoute size={16} aria-hidden />
                    Where else did it go?
                  </Group>
                </Anchor>
              </Group>
              <Group gap={4} mt={4} wrap="nowrap">
                <Text size="xs" c="dimmed" ff="monospace" style={{ overflowWrap: 'anywhere' }}>
                  {fingerprint}
                </Text>
                <Copy value={fingerprint} label="Copy the fingerprint" />
              </Group>
            </Box>
          ))}
          {secrets.length > SHOWN && (
            <Text size="sm" c="dimmed">
              and {count(secrets.length - SHOWN)} more
            </Text>
          )}
        </Stack>
      )}
    </Card>
  );
}
