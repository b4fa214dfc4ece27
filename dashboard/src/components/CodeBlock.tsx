import { Box, Code } from '@mantine/core';
import { Copy } from './Copy';

interface CodeBlockProps {
  code: string;
  /** What the code is, for its copy button and for screen readers. */
  label: string;
  maxHeight?: number;
  onCopied?: () => void;
}

/** Code to read and to copy. */
export function CodeBlock({ code, label, maxHeight = 320, onCopied }: CodeBlockProps) {
  return (
    <Box pos="relative">
      <Code
        block
        tabIndex={0}
        role="region"
        aria-label={label}
        style={{ maxHeight, overflow: 'auto', paddingRight: 44, whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}
      >
        {code}
      </Code>
      <Box pos="absolute" top={6} right={6}>
        <Copy value={code} label={`Copy ${label}`} onCopied={onCopied} />
      </Box>
    </Box>
  );
}
