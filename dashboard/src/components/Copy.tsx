import { ActionIcon, Button, CopyButton, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';

interface CopyProps {
  value: string;
  /** What is copied, for people who do not see the icon. */
  label: string;
  /** A button with this text instead of an icon. */
  text?: string;
}

/** Copy a text to the clipboard and say so. */
export function Copy({ value, label, text }: CopyProps) {
  return (
    <CopyButton value={value} timeout={2000}>
      {({ copied, copy }) =>
        text ? (
          <Button
            variant={copied ? 'filled' : 'default'}
            leftSection={copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
            onClick={copy}
            aria-label={label}
          >
            {copied ? 'Copied' : text}
          </Button>
        ) : (
          <Tooltip label={copied ? 'Copied' : label}>
            <ActionIcon variant="subtle" color="gray" onClick={copy} aria-label={label}>
              {copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
            </ActionIcon>
          </Tooltip>
        )
      }
    </CopyButton>
  );
}
