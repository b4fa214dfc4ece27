import { Anchor, Code, Tooltip } from '@mantine/core';
import { Link } from 'react-router';

interface PatternProps {
  value: string;
  width?: number;
  /** The address that a click leads to. */
  to?: string;
}

/** A rule's pattern, cut to fit; all of it on hover and focus. */
export function Pattern({ value, width = 360, to }: PatternProps) {
  const code = (
    <Code
      tabIndex={to === undefined ? 0 : undefined}
      c={to === undefined ? undefined : 'inherit'}
      style={{
        display: 'inline-block',
        maxWidth: width,
        overflow: 'hidden',
        textOverflow: 'ellipsis',
        whiteSpace: 'nowrap',
        verticalAlign: 'bottom',
      }}
    >
      {value}
    </Code>
  );
  return (
    <Tooltip label={value} multiline maw={520} style={{ overflowWrap: 'anywhere' }}>
      {to === undefined ? (
        code
      ) : (
        <Anchor component={Link} to={to} underline="hover" size="sm">
          {code}
        </Anchor>
      )}
    </Tooltip>
  );
}
