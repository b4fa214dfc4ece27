import { Stack, Text, Tooltip } from '@mantine/core';
import { count } from '@/lib/format';
import { perCall, type Rule } from '@/lib/ruleList';
import { COSTLY_US, cost } from '@/lib/verdict';

const numeric = { fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' } as const;

function meaning({ meter, cost_us_per_kb: us }: Rule): string {
  const alone = us == null ? '' : `${cost(us)}: its time alone for ordinary text on this machine.`;
  const isCostly = us != null && us > COSTLY_US;
  const why = isCostly ? ' That is a lot: repetitions of wide classes, such as .* or {0,1000}, usually cost most.' : '';
  if (!meter) return `${alone}${why} No call has been looked at yet.`;
  const timed =
    meter.time_us_per_call == null
      ? 'None of its calls has been timed yet.'
      : `${perCall(meter.time_us_per_call)}: what it took of a call, at most.`;
  return `${timed} Looked at ${count(meter.calls)} calls, found something in ${count(meter.hits)} texts. ${alone}${why}`;
}

/** What a rule took of each call, by its meter, and below it what it takes alone; only that before it was metered. */
export function RuleCost({ rule }: { rule: Rule }) {
  const alone = cost(rule.cost_us_per_kb);
  const metered = rule.meter?.time_us_per_call ?? null;
  const isCostly = rule.cost_us_per_kb != null && rule.cost_us_per_kb > COSTLY_US;
  const orange = 'var(--warning-color)';
  return (
    <Tooltip label={meaning(rule)} multiline maw={320}>
      <Stack gap={0} tabIndex={0} display="inline-flex">
        {metered !== null && (
          <Text span size="sm" style={numeric}>
            {perCall(metered)}/call
          </Text>
        )}
        <Text
          span
          size={metered === null ? 'sm' : 'xs'}
          c={isCostly ? orange : metered === null ? undefined : 'dimmed'}
          fw={isCostly ? 600 : undefined}
          style={numeric}
        >
          {alone}
        </Text>
      </Stack>
    </Tooltip>
  );
}
