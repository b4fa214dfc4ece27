import { Text, Tooltip } from '@mantine/core';
import { COSTLY_US, cost } from '@/lib/verdict';

interface CostProps {
  us: number | null | undefined;
}

/** What a rule costs, with what that means. */
export function Cost({ us }: CostProps) {
  const isCostly = us != null && us > COSTLY_US;
  const meaning =
    us == null
      ? 'Not measured.'
      : `How long this rule takes, on this machine, for 1 KB of ordinary text.${
          isCostly ? ' That is a lot: repetitions of wide classes, such as .* or {0,1000}, are what usually costs.' : ''
        } Calls without what the rule must find, such as a fixed prefix, are passed over faster.`;
  return (
    <Tooltip label={meaning} multiline maw={300}>
      <Text
        span
        inherit
        tabIndex={0}
        c={isCostly ? 'var(--warning-color)' : undefined}
        fw={isCostly ? 600 : undefined}
        style={{ fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' }}
      >
        {cost(us)}
      </Text>
    </Tooltip>
  );
}
