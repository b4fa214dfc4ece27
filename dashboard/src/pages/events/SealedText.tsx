import { Alert, Button, Card, Center, Group, Stack, Text, ThemeIcon, Title } from '@mantine/core';
import { IconEyeOff, IconInfoCircle, IconLock } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, data } from '@/api/client';
import { cache } from '@/api/queries';
import { Failure } from '@/components/Failure';
import { pieces } from '@/lib/spans';
import { type Kept, keptAs } from '@/lib/verdict';
import type { Brief } from './columns';
import { FoundText } from './FoundText';

const notes: Partial<Record<Kept, string>> = {
  masked: 'The gateway kept the surroundings of what was found and masked the findings themselves (AUDIT_TEXT=masked).',
  cut: 'The text was very long: its beginning and the surroundings of what was found were kept.',
  none: 'The gateway kept no text of this event (AUDIT_TEXT=none).',
  unreadable: 'The text cannot be unsealed: it was changed in the database, or sealed under another SECRET_KEY.',
};

interface Shown {
  input_text: string;
  spans: number[][];
  mode: string;
}

/** The button that was pressed is gone: what undoes it has the focus. */
const focus = (button: HTMLButtonElement | null) => button?.focus();

/** The text of an event: not even loaded until somebody asks for it, which is put on record; gone with the page. */
export function SealedText({ event }: { event: Brief }) {
  const client = useQueryClient();
  const reveal = useMutation({
    mutationFn: () => data(api.GET('/admin/guardrail-events/{id}', { params: { path: { id: event.id } } })),
    gcTime: 0,
    onSettled: () => void client.invalidateQueries({ queryKey: cache.log }),
  });
  return (
    <Card component="section" aria-label="The text">
      <Group justify="space-between" mb="md" mih={30}>
        <Title order={2} size="h5">
          The text
        </Title>
        {reveal.data && (
          <Button
            ref={focus}
            size="xs"
            variant="default"
            leftSection={<IconEyeOff size={14} aria-hidden />}
            onClick={() => reveal.reset()}
          >
            Hide
          </Button>
        )}
      </Group>
      {reveal.data ? (
        <Revealed event={reveal.data} />
      ) : (
        <Stack>
          {reveal.error && <Failure error={reveal.error} title="The text could not be shown" />}
          <Center py="lg">
            <Stack align="center" gap="xs" maw={400}>
              <ThemeIcon size={44} radius="xl" variant="light" color="gray">
                <IconLock size={22} aria-hidden />
              </ThemeIcon>
              <Text size="sm" ta="center">
                The text is sealed. Showing it is recorded in the activity log.
              </Text>
              <Button variant="default" loading={reveal.isPending} onClick={() => reveal.mutate()}>
                Show text
              </Button>
            </Stack>
          </Center>
        </Stack>
      )}
    </Card>
  );
}

function Revealed({ event }: { event: Shown }) {
  const kept = keptAs(event.input_text, pieces(event.input_text, event.spans));
  const note = notes[kept];
  const isText = kept !== 'none' && kept !== 'unreadable';
  return (
    <Stack gap="sm">
      {note && (
        <Alert color={kept === 'unreadable' ? 'red' : 'gray'} icon={<IconInfoCircle size={18} />} variant="light">
          <Text size="sm">{note}</Text>
        </Alert>
      )}
      {isText && (
        <FoundText text={event.input_text} spans={event.spans} color={event.mode === 'reject' ? 'red' : 'blue'} />
      )}
      <Text size="xs" c="dimmed">
        That you looked at it is recorded. The text is dropped when you hide it or leave this page.
      </Text>
    </Stack>
  );
}
