import type { Piece } from './spans';

export type Verdict = 'pass' | 'replaced' | 'rejected';

/** What would become of a call, in words and in colour. */
export const verdicts: Record<Verdict, { word: string; color: string; meaning: string }> = {
  pass: { word: 'Passes', color: 'teal', meaning: 'No rule matches: it would be sent as it is.' },
  replaced: { word: 'Would be redacted', color: 'blue', meaning: 'It would be sent without what was found.' },
  rejected: { word: 'Would be blocked', color: 'red', meaning: 'The call would be refused and go nowhere.' },
};

/** A rule's time for 1 KB of text: "< 0.1 µs/KB", "12 µs/KB", "1.2 ms/KB". */
export function cost(us: number | null | undefined): string {
  if (us === null || us === undefined) return '–';
  if (us >= 1000) return `${(us / 1000).toFixed(1)} ms/KB`;
  if (us < 0.1) return '< 0.1 µs/KB';
  return `${us < 10 ? us.toFixed(1) : us.toFixed(0)} µs/KB`;
}

/** Above this, in µs for 1 KB, a rule is felt: a prompt of 100 KB waits 10 ms for it. */
export const COSTLY_US = 100;

/** How much of a text its event has kept: the gateway's setting at that time decides, and says so in the text itself. */
export type Kept = 'whole' | 'cut' | 'masked' | 'none' | 'unreadable';

const MASK = '***';
const CUT = /\[… \d+ characters left out …\]/;

/** Read from what the server returned how much that is. What is masked is `***` at every finding. */
export function keptAs(text: string, found: readonly Piece[]): Kept {
  if (text === '') return 'none';
  if (text.startsWith('[this text cannot be unsealed')) return 'unreadable';
  const findings = found.filter((piece) => piece.found);
  const isMask = (piece: Piece) => piece.text.replaceAll(MASK, '') === '';
  if (findings.length > 0 && findings.every(isMask)) return 'masked';
  return CUT.test(text) ? 'cut' : 'whole';
}
