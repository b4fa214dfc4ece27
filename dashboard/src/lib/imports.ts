import type { Schema } from '@/api/client';
import { bytes, count } from './format';
import { rulesIn } from './packs';

export type ImportReport = Schema<'GuardrailImported'>;
export type ImportFormat = ImportReport['format'];
export type Fate = ImportReport['imported'][number]['fate'];

export const importFormats: Record<ImportFormat, string> = {
  gitleaks: 'gitleaks (TOML)',
  noseyparker: 'Nosey Parker (YAML)',
  kingfisher: 'Kingfisher (YAML)',
  toml: 'Our own (TOML)',
  csv: 'CSV',
  json: 'Our own (JSON)',
};

/** What the gateway reads at most, with all else in the body: 4 MiB. */
export const MOST_BYTES = 4 * 1024 * 1024;

/** Why a text is not sent at all; null when it may be. What is in it, only the gateway judges. */
export function unsendable(content: string): string | null {
  if (content.trim() === '') return 'There is nothing in it.';
  const size = new Blob([JSON.stringify(content)]).size;
  return size > MOST_BYTES
    ? `It is too large: ${bytes(size)}, of which the gateway reads ${bytes(MOST_BYTES)} at most. Import it in parts.`
    : null;
}

/** How a text begins: enough to see what it is, never so much that it is slow to draw. */
export function beginning(content: string, lines = 12, width = 160): string {
  const shown = content.slice(0, lines * width * 4).split(/\r\n|\n|\r/, lines + 1);
  const cut = shown.slice(0, lines).map((line) => (line.length > width ? `${line.slice(0, width)}…` : line));
  return [...cut, ...(shown.length > lines ? ['…'] : [])].join('\n');
}

const fates: readonly Fate[] = ['created', 'changed', 'unchanged'];
const ahead: Record<Fate, string> = {
  created: 'would be new',
  changed: 'would change',
  unchanged: 'would stay as they are',
};
const after: Record<Fate, string> = { created: 'are new', changed: 'were changed', unchanged: 'stayed as they were' };

/** What becomes of the rules, in a few words: "12 would be new, 1 would change". */
export function told(report: Pick<ImportReport, 'imported' | 'dry_run'>): string {
  const words = report.dry_run ? ahead : after;
  return fates
    .map((fate) => [fate, report.imported.filter((rule) => rule.fate === fate).length] as const)
    .filter(([, number]) => number > 0)
    .map(([fate, number]) => `${count(number)} ${words[fate]}`)
    .join(', ');
}

/** How many ordinary texts would be flagged, in a sentence. */
export const flaggedWords = ({ imported, flagged, texts }: ImportReport): string =>
  flagged === 0
    ? `None of ${count(texts)} ordinary texts is flagged by ${rulesIn(imported.length)}.`
    : `${count(flagged)} of ${count(texts)} ordinary texts would be flagged by ${rulesIn(imported.filter((rule) => rule.flagged > 0).length)}.`;

/** The rules of a report that people should look at first: those that flag most, then those that were changed. */
export const lookedAtFirst = (report: ImportReport): ImportReport['imported'] =>
  [...report.imported].sort((a, b) => b.flagged - a.flagged || b.changes.length - a.changes.length);
