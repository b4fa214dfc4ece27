import { Button, Card, Group, ScrollArea, Stack, Text, Textarea } from '@mantine/core';
import { type Icon, IconPlayerStop, IconSend } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { Empty } from '@/components/Empty';
import { TurnView } from './TurnView';
import type { useChat } from './useChat';
import { useFollowing } from './useFollowing';

interface ConversationProps {
  chat: ReturnType<typeof useChat>;
  ready: boolean;
  icon: Icon;
}

/** The turns so far and the next question. */
export function Conversation({ chat, ready, icon }: ConversationProps) {
  const [question, setQuestion] = useState('');
  const { viewport, content, follow } = useFollowing();
  const message = useRef<HTMLTextAreaElement>(null);
  const stop = () => {
    chat.stop();
    // The button goes away, and the focus with it.
    message.current?.focus();
  };
  const submit = () => {
    if (question.trim() === '' || chat.busy || !ready) return;
    void chat.send(question);
    setQuestion('');
    follow();
  };
  return (
    <Card padding={0}>
      <ScrollArea h="min(58vh, 620px)" viewportRef={viewport} type="auto" viewportProps={{ tabIndex: 0 }}>
        <Stack
          ref={content}
          p="md"
          gap="lg"
          role="log"
          aria-label="Conversation"
          aria-live="polite"
          aria-busy={chat.busy}
        >
          {chat.turns.length === 0 && (
            <Empty icon={icon} title="Say something">
              Try a text that your guard rails look for: what was found is shown here, and what the provider received.
            </Empty>
          )}
          {chat.turns.map((turn) => (
            <TurnView key={turn.id} turn={turn} />
          ))}
        </Stack>
      </ScrollArea>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Stack p="md" gap="xs" style={{ borderTop: '1px solid var(--mantine-color-default-border)' }}>
          <Textarea
            ref={message}
            aria-label="Message"
            placeholder="Message"
            autosize
            minRows={2}
            maxRows={10}
            value={question}
            onChange={(event) => setQuestion(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
              event.preventDefault();
              submit();
            }}
          />
          <Group justify="space-between">
            <Text size="xs" c="dimmed">
              Enter sends, Shift+Enter starts a new line
            </Text>
            {chat.busy ? (
              <Button variant="default" leftSection={<IconPlayerStop size={16} />} onClick={stop}>
                Stop
              </Button>
            ) : (
              <Button type="submit" leftSection={<IconSend size={16} />} disabled={!ready || question.trim() === ''}>
                Send
              </Button>
            )}
          </Group>
        </Stack>
      </form>
    </Card>
  );
}
