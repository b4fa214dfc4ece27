import { Modal, Stack, Text } from '@mantine/core';
import { CodeBlock } from '@/components/CodeBlock';
import { asCurl, asPython, type ChatBody } from '@/lib/chat';
import type { Turn } from './useChat';

export type SnippetKind = 'curl' | 'Python';

interface SnippetProps {
  kind: SnippetKind | null;
  turn: Turn | undefined;
  onClose: () => void;
}

/** The last call as code. The key comes from the environment: the dashboard does not know it. */
export function Snippet({ kind, turn, onClose }: SnippetProps) {
  const body = turn && (JSON.parse(turn.body) as ChatBody);
  const write = kind === 'curl' ? asCurl : asPython;
  return (
    <Modal opened={kind !== null} onClose={onClose} title={`The last call as ${kind ?? ''}`} size="lg">
      <Stack>
        <Text size="sm">
          Set <code>OPENAI_API_KEY</code> to a key of this gateway (<code>llmp-…</code>) first.
        </Text>
        {body && <CodeBlock code={write(window.location.origin, body)} label={kind ?? 'code'} maxHeight={420} />}
      </Stack>
    </Modal>
  );
}
