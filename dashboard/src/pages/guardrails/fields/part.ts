import type { RuleFields } from '@/lib/rules';

/** A part of the form: the rule as it is, how to change it, and what the gateway says of one of its members. */
export interface PartProps {
  rule: RuleFields;
  set: (change: Partial<RuleFields>) => void;
  /** Why the gateway would not take a member; null when it has nothing against it. */
  faultOf: (member: string) => string | null;
}

export const monospace = { input: { fontFamily: 'var(--mantine-font-family-monospace)' } };
