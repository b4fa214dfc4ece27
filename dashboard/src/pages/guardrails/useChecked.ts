import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api, data, type Schema } from '@/api/client';
import type { RuleFields } from '@/lib/rules';

/** A span is a pair; as the answer is typed, it is a list of numbers. */
type Answer = Omit<Schema<'GuardrailChecked'>, 'dry_run'> & {
  dry_run?: (Omit<Schema<'DryRun'>, 'examples'> & { examples: { text: string; spans: number[][] }[] }) | null;
};

export interface Checked {
  /** Whether the gateway is still to say. */
  isPending: boolean;
  /** What the gateway says of the rule as it stood a moment ago; undefined before it has said anything. */
  answer: Answer | undefined;
  error: Error | null;
}

/** Whether the gateway would admit the rule; asked, if at all, as soon as nobody has typed for a moment. */
export function useChecked(rule: RuleFields, isWanted = true): Checked {
  const { pattern } = rule;
  const written = JSON.stringify(rule);
  const now = useMemo(() => JSON.parse(written) as RuleFields, [written]);
  const [asked] = useDebouncedValue(now, 300);
  const check = useQuery({
    queryKey: ['guardrail check', asked],
    queryFn: ({ signal }) => data(api.POST('/admin/guardrails/check', { body: asked, signal })),
    enabled: isWanted && asked.pattern !== '',
    staleTime: Infinity,
    placeholderData: keepPreviousData,
    retry: false,
  });
  return {
    isPending: isWanted && pattern !== '' && (asked !== now || check.isFetching),
    answer: pattern === '' ? undefined : check.data,
    error: check.error,
  };
}
