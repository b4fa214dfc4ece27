import { Button, Code, FileButton, Group, Paper, Stack, Text, Textarea } from '@mantine/core';
import { IconFileText, IconUpload, IconX } from '@tabler/icons-react';
import { type DragEvent, useState } from 'react';
import { bytes } from '@/lib/format';
import { beginning, MOST_BYTES } from '@/lib/imports';
import type { Order } from '.';

interface SourceProps {
  order: Order;
  onChange: (changes: Partial<Order>) => void;
}

/** What a browser can hold and show without trouble; the gateway's own limit is lower, and told for smaller ones. */
const READ_BYTES = 16 * MOST_BYTES;

/** A file that is chosen or dropped, or a text that is pasted. Of a file only the beginning is drawn. */
export function Source({ order, onChange }: SourceProps) {
  const [file, setFile] = useState<{ name: string; size: number } | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [isOver, setOver] = useState(false);
  const take = async (taken: File | null) => {
    if (!taken) return;
    setError(null);
    if (taken.size > READ_BYTES) {
      setError(`${taken.name} is too large: ${bytes(taken.size)}. The gateway reads ${bytes(MOST_BYTES)} at most.`);
      return;
    }
    try {
      onChange({ content: await taken.text(), name: taken.name.slice(0, 190) });
      setFile({ name: taken.name, size: taken.size });
    } catch {
      setError(`${taken.name} cannot be read.`);
    }
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void take(event.dataTransfer.files[0] ?? null);
  };
  const clear = () => {
    setFile(null);
    onChange({ content: '', name: '' });
  };
  return (
    <Stack gap="xs">
      <Paper
        withBorder
        p="md"
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
        style={{
          borderStyle: 'dashed',
          borderColor: isOver ? 'var(--mantine-primary-color-filled)' : undefined,
          background: isOver ? 'var(--mantine-primary-color-light)' : undefined,
        }}
      >
        {file ? (
          <Chosen file={file} content={order.content} onClear={clear} />
        ) : (
          <Group gap="sm" justify="center" py="xs">
            <FileButton onChange={(taken) => void take(taken)} accept=".toml,.yml,.yaml,.csv,.json,text/*">
              {(props) => (
                <Button {...props} variant="default" leftSection={<IconUpload size={16} aria-hidden />}>
                  Choose a file
                </Button>
              )}
            </FileButton>
            <Text size="sm" c="dimmed">
              or drop it here: TOML, YAML, CSV or JSON, up to {bytes(MOST_BYTES)}
            </Text>
          </Group>
        )}
      </Paper>
      {error && (
        <Text size="sm" c="var(--mantine-color-error)" role="alert">
          {error}
        </Text>
      )}
      {!file && (
        <Textarea
          label="Or paste its text"
          value={order.content}
          onChange={(event) => onChange({ content: event.currentTarget.value })}
          rows={8}
          spellCheck={false}
          autoComplete="off"
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }}
        />
      )}
    </Stack>
  );
}

interface ChosenProps {
  file: { name: string; size: number };
  content: string;
  onClear: () => void;
}

function Chosen({ file, content, onClear }: ChosenProps) {
  return (
    <Stack gap="xs">
      <Group justify="space-between" wrap="nowrap">
        <Group gap="xs" wrap="nowrap" miw={0}>
          <IconFileText size={18} aria-hidden style={{ flexShrink: 0 }} />
          <Text size="sm" fw={600} truncate title={file.name}>
            {file.name}
          </Text>
          <Text size="sm" c="dimmed" style={{ whiteSpace: 'nowrap' }}>
            {bytes(file.size)}
          </Text>
        </Group>
        <Button
          size="xs"
          variant="default"
          leftSection={<IconX size={14} aria-hidden />}
          onClick={onClear}
          style={{ flexShrink: 0 }}
        >
          Another
        </Button>
      </Group>
      <Code block tabIndex={0} role="region" aria-label="How it begins">
        {beginning(content)}
      </Code>
    </Stack>
  );
}
