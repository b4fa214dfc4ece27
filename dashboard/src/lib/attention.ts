import type { Schema } from '@/api/client';

type Attention = Schema<'Attention'>;

/** The page on which an operator can look into it. */
export function attentionLink({ kind, subject }: Pick<Attention, 'kind' | 'subject'>): string {
  switch (kind) {
    case 'provider_failing':
      return '/providers';
    case 'provider_missing':
    case 'limit_hit':
      return '/keys';
    case 'rule_constant':
    case 'rule_silent':
      return `/guardrails/${encodeURIComponent(subject)}`;
    case 'rules_not_loaded':
      return '/guardrails';
    case 'store_unavailable':
      return '/settings';
  }
}
