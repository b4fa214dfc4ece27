import { Card, Skeleton, Text, Tooltip } from '@mantine/core';
import type { ReactNode } from 'react';

interface FigureProps {
  label: string;
  /** undefined while loading. */
  value: ReactNode | undefined;
  detail?: ReactNode;
  /** What exactly is counted. */
  hint?: string;
}

/** One number that matters, with its name and what it is made of. Keeps its height while loading. */
export function Figure({ label, value, detail, hint }: FigureProps) {
  const name = (
    <Text size="xs" c="dimmed" fw={550} tabIndex={hint ? 0 : undefined} w="fit-content">
      {label}
    </Text>
  );
  return (
    <Card padding="md">
      {hint ? (
        <Tooltip label={hint} multiline maw={280}>
          {name}
        </Tooltip>
      ) : (
        name
      )}
      {value === undefined ? (
        <Skeleton height={26} width={90} my={5} />
      ) : (
        <Text fz={24} fw={650} lh="36px" style={{ fontVariantNumeric: 'tabular-nums' }}>
          {value}
        </Text>
      )}
      <Text size="xs" c="dimmed" mih={19} component="div">
        {value === undefined ? <Skeleton height={12} width={120} mt={3} /> : detail}
      </Text>
    </Card>
  );
}
