import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api, data, type Schema } from '@/api/client';
import type { RuleFields } from '@/lib/ruleExamples';

export interface Checked {
  /** Whether the gateway is still to say. */
  isPending: boolean;
  /** What the gateway says of the rule as it stood a moment ago; undefined before it has said anything. */
  answer: Schema<'GuardrailChecked'> | undefined;
  error: Error | null;
}

/** Whether the gateway would admit the rule; asked as soon as nobody has typed for a moment. */
export function useChecked({ pattern, mode, replace_by }: RuleFields): Checked {
  const now = useMemo(() => ({ pattern, mode, replace_by }), [pattern, mode, replace_by]);
  const [asked] = useDebouncedValue(now, 300);
  const check = useQuery({
    queryKey: ['guardrail check', asked],
    queryFn: ({ signal }) => data(api.POST('/admin/guardrails/check', { body: asked, signal })),
    enabled: asked.pattern !== '',
    staleTime: Infinity,
    placeholderData: keepPreviousData,
    retry: false,
  });
  return {
    isPending: pattern !== '' && (asked !== now || check.isFetching),
    answer: pattern === '' ? undefined : check.data,
    error: check.error,
  };
}
