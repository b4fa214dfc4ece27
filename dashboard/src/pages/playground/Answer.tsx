import { Anchor, Code, Table, Text, Typography } from '@mantine/core';
import Markdown, { type Components } from 'react-markdown';
import gfm from 'remark-gfm';

/**
 * What a model said, as Markdown. A model may say anything: HTML is shown as text, nothing is fetched for it (an image
 * is told by its words), and a link leads only where a reader clicks, without telling from where.
 */
export function Answer({ text }: { text: string }) {
  return (
    <Typography fz="sm" style={{ overflowWrap: 'anywhere' }}>
      <Markdown remarkPlugins={[gfm]} components={components}>
        {text}
      </Markdown>
    </Typography>
  );
}

const components: Components = {
  img: ({ alt, src }) => (
    <Text span c="dimmed" size="sm">
      [image, not loaded: {alt ?? ''} {typeof src === 'string' ? src : ''}]
    </Text>
  ),
  a: ({ href, children }) => (
    <Anchor href={href} target="_blank" rel="noopener noreferrer nofollow" underline="always">
      {children}
    </Anchor>
  ),
  pre: ({ children }) => <pre tabIndex={0}>{children}</pre>,
  code: ({ children, className }) => (className ? <code>{children}</code> : <Code>{children}</Code>),
  table: ({ children }) => <Table>{children}</Table>,
  input: ({ checked }) => <span>{checked ? '☑' : '☐'}</span>,
};
