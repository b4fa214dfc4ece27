import { ActionIcon, Box, Button, Group, Text, Tooltip } from '@mantine/core';
import { IconChevronDown, IconChevronUp } from '@tabler/icons-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { Copy } from '@/components/Copy';
import { Marked } from '@/components/Marked';
import { around, joined } from '@/lib/around';
import { count } from '@/lib/format';

/** More than this, in UTF-16 units, takes a browser long to lay out: it is shown when asked for. */
const LONG = 40_000;

interface FoundTextProps {
  text: string;
  spans: readonly (readonly [number, number] | number[])[];
  color: string;
}

/** A text that begins at its first finding, and a way from each to the next. */
export function FoundText({ text, spans, color }: FoundTextProps) {
  const box = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState(0);
  const [isWhole, setWhole] = useState(false);
  const all = useMemo(() => joined(spans), [spans]);
  const found = all.length;
  const isCut = !isWhole && text.length > LONG;
  const shown = useMemo(
    () => (isCut ? around(text, all, { most: LONG, before: 2000, at: current }) : { text, spans: all, skipped: 0 }),
    [text, all, isCut, current],
  );
  const outlined = found > 1 ? current - shown.skipped : undefined;
  const marked = useMemo(
    () => <Marked text={shown.text} spans={shown.spans} color={color} current={outlined} />,
    [shown, color, outlined],
  );
  useEffect(() => {
    const mark = box.current?.querySelectorAll('mark')[current - shown.skipped];
    if (!box.current || !mark) return;
    const away = mark.getBoundingClientRect().top - box.current.getBoundingClientRect().top;
    box.current.scrollTop += away - box.current.clientHeight / 3;
  }, [current, shown]);
  const step = (by: number) => setCurrent((before) => (before + by + found) % found);
  return (
    <div>
      <Group justify="space-between" mb={6} mih={28}>
        <Text size="xs" c="dimmed" role="status">
          {found === 0 && 'Nothing is marked in what was kept.'}
          {found === 1 && '1 finding'}
          {found > 1 && `Finding ${count(current + 1)} of ${count(found)}`}
        </Text>
        <Group gap={4}>
          {found > 1 && (
            <>
              <Tooltip label="Previous finding">
                <ActionIcon variant="default" aria-label="Previous finding" onClick={() => step(-1)}>
                  <IconChevronUp size={16} />
                </ActionIcon>
              </Tooltip>
              <Tooltip label="Next finding">
                <ActionIcon variant="default" aria-label="Next finding" onClick={() => step(1)}>
                  <IconChevronDown size={16} />
                </ActionIcon>
              </Tooltip>
            </>
          )}
          <Copy value={text} label="Copy the text" />
        </Group>
      </Group>
      <Box
        ref={box}
        tabIndex={0}
        role="region"
        aria-label="The text in which something was found"
        p="sm"
        fz="sm"
        style={{
          maxHeight: 'min(60vh, 640px)',
          overflow: 'auto',
          border: '1px solid var(--mantine-color-default-border)',
          borderRadius: 8,
        }}
      >
        {marked}
      </Box>
      {isCut && (
        <Group gap="sm" mt={6}>
          <Text size="xs" c="dimmed">
            A part of {count(text.length)} characters is shown.
          </Text>
          <Button size="compact-xs" variant="default" onClick={() => setWhole(true)}>
            Show all of it
          </Button>
        </Group>
      )}
    </div>
  );
}
