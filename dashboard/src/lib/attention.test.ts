import { expect, test } from 'vitest';
import { attentionLink } from './attention';

test.each([
  ['provider_failing', 'p1', '/providers'],
  ['provider_missing', 'k1', '/keys'],
  ['limit_hit', 'k1', '/keys'],
  ['rule_constant', 'r/1', '/guardrails/r%2F1'],
  ['rule_silent', 'r1', '/guardrails/r1'],
  ['rules_not_loaded', '', '/guardrails'],
  ['store_unavailable', '', '/settings'],
] as const)('%s about %j is looked into at %s', (kind, subject, link) => {
  expect(attentionLink({ kind, subject })).toBe(link);
});
