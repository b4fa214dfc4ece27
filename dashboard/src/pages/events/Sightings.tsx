import { Anchor, Box, Button, Card, Group, Progress, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'react-router';
import type { Schema } from '@/api/client';
import { Time } from '@/components/Time';
import { count } from '@/lib/format';

const FEW = 5;

interface SightingsProps {
  title: string;
  /** undefined while loading. */
  found: readonly Schema<'SightingPlace'>[] | undefined;
  /** Where more of one of them is told. */
  to?: (value: string) => string;
  /** What people call a value that has no name. */
  word?: (value: string) => string;
  isCode?: boolean;
}

/** With whom, or where, a secret was found: each with its share and its time. */
export function Sightings({ title, found, to, word = (value) => value, isCode = false }: SightingsProps) {
  const [isOpen, setOpen] = useState(false);
  const most = Math.max(1, ...(found ?? []).map((place) => place.count));
  const shown = isOpen ? found : found?.slice(0, FEW);
  return (
    <Card component="section" aria-label={title} padding="md">
      <Title order={2} size="h6" mb="sm">
        {title}
      </Title>
      <Stack gap="sm">
        {shown === undefined && <Skeleton height={38} />}
        {shown?.length === 0 && (
          <Text size="sm" c="dimmed">
            –
          </Text>
        )}
        {shown?.map((place) => (
          <div key={place.value}>
            <Group justify="space-between" wrap="nowrap" gap="sm">
              <Box miw={0} fz="sm" ff={isCode ? 'monospace' : undefined} style={{ overflowWrap: 'anywhere' }}>
                {to && place.value !== '' ? (
                  <Anchor component={Link} to={to(place.value)} inherit>
                    {place.name || word(place.value)}
                  </Anchor>
                ) : (
                  place.name || word(place.value) || '–'
                )}
              </Box>
              <Text size="sm" fw={550} style={{ fontVariantNumeric: 'tabular-nums' }}>
                {count(place.count)}
              </Text>
            </Group>
            <Progress value={(place.count / most) * 100} size={4} my={4} aria-hidden />
            <Text size="xs" c="dimmed">
              <Time value={place.first_seen} />
              {place.last_seen !== place.first_seen && (
                <>
                  {' – '}
                  <Time value={place.last_seen} />
                </>
              )}
            </Text>
          </div>
        ))}
        {found && found.length > FEW && (
          <div>
            <Button variant="subtle" size="compact-xs" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
              {isOpen ? 'Fewer' : `All ${count(found.length)}`}
            </Button>
          </div>
        )}
      </Stack>
    </Card>
  );
}
