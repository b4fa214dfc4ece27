import { isFingerprint } from './eventFilters';

/** One secret of an event: its fingerprint, its masked beginning, and how often it stands in the text. */
export interface SecretOf {
  fingerprint: string;
  preview: string;
  times: number;
}

/** The different secrets of an event, in the order in which they stand there. */
export function secretsOf(event: { fingerprints: readonly string[]; previews: readonly string[] }): SecretOf[] {
  const found = new Map<string, SecretOf>();
  event.fingerprints.forEach((fingerprint, index) => {
    const known = found.get(fingerprint);
    if (known) known.times += 1;
    else if (fingerprint !== '')
      found.set(fingerprint, { fingerprint, preview: event.previews[index] ?? '', times: 1 });
  });
  return [...found.values()];
}

/** What was pasted to look for a secret, as it may be a fingerprint itself; null when it cannot be one. */
export function asFingerprint(pasted: string): string | null {
  const written = pasted.trim().toLowerCase();
  return isFingerprint(written) ? written : null;
}
