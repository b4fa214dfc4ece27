import type { Schema } from '@/api/client';

export type Provider = Schema<'Provider'>;
export type Tested = Schema<'ProviderTested'>;
export type Kind = Provider['kind'];

/** What speaks there, as people call it. */
export const kinds: Record<Kind, string> = {
  openai: 'OpenAI-compatible',
  anthropic: 'Anthropic',
  azure: 'Azure OpenAI',
  sandbox: 'Sandbox',
};

/** Base URLs that most people want, each one click away. */
export const examples = [
  { label: 'OpenAI', url: 'https://api.openai.com/v1' },
  { label: 'Anthropic', url: 'https://api.anthropic.com' },
  { label: 'Azure', url: 'https://your-resource.openai.azure.com' },
  { label: 'Local model', url: 'http://localhost:11434/v1' },
  { label: 'Sandbox', url: 'sandbox:' },
] as const;

export type Health = 'healthy' | 'failing' | 'idle' | 'new';

/** How many days of calls tell of a provider's health. */
export const HEALTH_DAYS = 7;

/** How the last call of the last seven days went; without one, whether there can have been any before. */
export function health(
  provider: Pick<Provider, 'created_at' | 'last_success_at' | 'last_error_at'>,
  now: number,
): Health {
  const since = now - HEALTH_DAYS * 86_400_000;
  const within = (iso: string | null | undefined) => {
    const at = iso ? Date.parse(iso) : -Infinity;
    return at >= since ? at : -Infinity;
  };
  const success = within(provider.last_success_at);
  const failure = within(provider.last_error_at);
  if (success === -Infinity && failure === -Infinity) return Date.parse(provider.created_at) >= since ? 'new' : 'idle';
  return success >= failure ? 'healthy' : 'failing';
}

/** The states of health in words and in colour. */
export const healths: Record<Health, { word: string; color: string }> = {
  healthy: { word: 'healthy', color: 'teal' },
  failing: { word: 'failing', color: 'red' },
  idle: { word: 'no recent calls', color: 'gray' },
  new: { word: 'no calls yet', color: 'gray' },
};

/** How a test went, in words and in colour. An address without a list of models may still answer calls. */
export const outcomes: Record<Tested['outcome'], { word: string; color: string }> = {
  connected: { word: 'connected', color: 'teal' },
  credential_refused: { word: 'credential refused', color: 'red' },
  not_found: { word: 'not found', color: 'orange' },
  refused: { word: 'refused', color: 'red' },
  failing: { word: 'failing', color: 'red' },
  unreachable: { word: 'unreachable', color: 'red' },
  timed_out: { word: 'timed out', color: 'red' },
};

export interface ProviderDraft {
  name: string;
  base_url: string;
  api_key: string;
}

/** What a change sends: the members that differ. An empty credential keeps the stored one. */
export function providerChanges(stored: Pick<Provider, 'name' | 'base_url'>, draft: ProviderDraft) {
  return {
    ...(draft.name.trim() !== stored.name && { name: draft.name }),
    ...(draft.base_url.trim() !== stored.base_url && { base_url: draft.base_url }),
    ...(draft.api_key !== '' && { api_key: draft.api_key }),
  };
}

/** What can be tested of a draft: what is written, what is stored, or nothing until more is known. */
export function testable(stored: Pick<Provider, 'base_url'> | null, draft: ProviderDraft): 'draft' | 'stored' | null {
  if (draft.base_url.trim() === '') return null;
  if (draft.api_key !== '') return 'draft';
  return stored?.base_url === draft.base_url.trim() ? 'stored' : null;
}
