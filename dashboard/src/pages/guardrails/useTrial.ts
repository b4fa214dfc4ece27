import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api, data, type Schema } from '@/api/client';
import type { Direction, Endpoint } from '@/lib/ruleExamples';
import type { RuleFields } from '@/lib/rules';

/** A rule as it stands in the editor. */
export interface Draft {
  rule: RuleFields;
  /** The stored rule that it stands in for. */
  id: string | undefined;
  /** The gateway would not take it. */
  isBad: boolean;
}

export interface TrialInput {
  kind: 'text' | 'body';
  text: string;
  body: string;
  endpoint: Endpoint;
  withStored: boolean;
  direction: Direction;
  /** Whose call it is; empty: anybody's. */
  keyId: string;
}

/** A span is a pair; as the answer is typed, it is a list of numbers. */
export type Finding = Omit<Schema<'TrialFinding'>, 'spans'> & { spans: number[][] };
export type Tested = Omit<Schema<'GuardrailTested'>, 'findings'> & { findings: Finding[] };

/** The draft as the gateway takes it. */
export const asDraft = ({ rule, id }: Draft): Schema<'DraftRule'> => ({ ...rule, ...(id !== undefined && { id }) });

/** What the gateway is asked: a text or a body, judged by the draft, by the stored rules, or by both. */
function asked(input: TrialInput, draft: Draft | undefined): Schema<'GuardrailTest'> {
  const hasDraft = draft !== undefined && draft.rule.pattern !== '';
  return {
    ...(input.kind === 'text' ? { text: input.text } : { body: input.body }),
    endpoint: input.endpoint,
    with_stored: input.withStored,
    ...(hasDraft && { draft: asDraft(draft) }),
    direction: input.direction,
    ...(input.keyId !== '' && { api_key_id: input.keyId }),
  };
}

/** Try rules on an input as soon as nobody has typed for a moment. What was tried is not kept in the page's cache. */
export function useTrial(input: TrialInput, draft: Draft | undefined, isReady: boolean) {
  const question = JSON.stringify(asked(input, draft));
  const now = useMemo(() => ({ question, isReady }), [question, isReady]);
  const [settled] = useDebouncedValue(now, 400);
  const trial = useQuery({
    queryKey: ['guardrail trial', settled.question],
    queryFn: ({ signal }) =>
      data(
        api.POST('/admin/guardrails/test', { body: JSON.parse(settled.question) as Schema<'GuardrailTest'>, signal }),
      ),
    enabled: isReady && settled.isReady,
    gcTime: 0,
    staleTime: Infinity,
    placeholderData: keepPreviousData,
    retry: false,
    refetchOnWindowFocus: false,
  });
  const isPending = isReady && (settled !== now || trial.isFetching);
  return { trial, isPending };
}
