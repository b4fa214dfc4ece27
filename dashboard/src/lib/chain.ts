import type { Schema } from '@/api/client';
import { count } from './format';

type Report = Schema<'AuditReport'>;
type Flaw = Schema<'Flaw'>;

const many = (number: number, word: string) => `${count(number)} ${word}${number === 1 ? '' : 's'}`;

/** What a check of the audit trail found, in a line. */
export function chainWords(report: Report): string {
  const { events, tombstones, removed, whole, flaw_count } = report;
  const buried = tombstones > 0 ? `, ${many(tombstones, 'tombstone')} for ${many(removed, 'deleted event')}` : '';
  const walked = `${many(events, 'event')}${buried}`;
  return whole ? `Chain verified: ${walked}.` : `The chain is broken in ${many(flaw_count, 'place')}: ${walked}.`;
}

/** Which events a flaw is about: "event 812", "events 812 to 815". */
export const flawPlace = ({ seq, last_seq, kind }: Flaw): string =>
  kind === 'head'
    ? 'end of the chain'
    : seq === last_seq
      ? `event ${count(seq)}`
      : `events ${count(seq)} to ${count(last_seq)}`;

const kept = (days: number): string => (days === 0 ? 'for ever' : `for ${many(days, 'day')}`);

/** How long events are kept, as the setting says it: `90,high=365,critical=0`; null while it is not known. */
export function retentionWords(setting: string | null | undefined): string | null {
  if (setting === null || setting === undefined) return null;
  const terms = setting.split(',').map((term) => term.trim().split('='));
  const general = Number(terms.find((term) => term.length === 1)?.[0] ?? 0) || 0;
  const special = terms.filter((term) => term.length === 2).map(([name, days]) => `${name} ones ${kept(Number(days))}`);
  return `Events are kept ${[kept(general), ...special].join(', ')}.`;
}

/** The head of the chain as it can be noted and compared later: number and hash. */
export const headWord = (report: Report): string | null => report.head && `${report.head.seq}:${report.head.hash}`;

/** Whether a text may be a head that was noted; nothing asks for nothing. */
export const isHead = (text: string): boolean => text === '' || /^(\d+:)?[0-9a-f]{64}$/.test(text);
