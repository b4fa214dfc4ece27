import { ActionIcon, Button, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { copyText } from '@/lib/clipboard';
import { failed } from '@/lib/notify';

const SHOWN_MS = 2000;

interface CopyProps {
  value: string;
  /** What is copied, for people who do not see the icon. */
  label: string;
  /** A button with this text instead of an icon. */
  text?: string;
  onCopied?: () => void;
}

/** Copy a text to the clipboard and say so. */
export function Copy({ value, label, text, onCopied }: CopyProps) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    if (await copyText(value)) {
      setCopied(true);
      onCopied?.();
    } else failed('Nothing was copied', new Error('The browser refused. Select the text and copy it by hand.'));
  };
  const sign = copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />;
  if (text)
    return (
      <Button
        variant={copied ? 'filled' : 'default'}
        leftSection={sign}
        onClick={() => void copy()}
        aria-label={copied ? 'Copied' : label}
      >
        {copied ? 'Copied' : text}
      </Button>
    );
  return (
    <Tooltip label={copied ? 'Copied' : label}>
      <ActionIcon variant="subtle" color="gray" onClick={() => void copy()} aria-label={copied ? 'Copied' : label}>
        {sign}
      </ActionIcon>
    </Tooltip>
  );
}
