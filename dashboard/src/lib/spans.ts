export interface Piece {
  text: string;
  /** Whether this piece is a finding. */
  found: boolean;
}

/**
 * Cut a text at spans of code points: the gateway counts as Python does, a JavaScript string counts UTF-16 units.
 * Overlapping spans are joined; what lies outside of the text is cut off.
 */
export function pieces(text: string, spans: readonly (readonly number[])[]): Piece[] {
  const points = Array.from(text);
  const sorted = spans
    .map((span) => [Math.max(0, span[0] ?? 0), Math.min(points.length, span[1] ?? 0)] as const)
    .filter(([start, end]) => start < end)
    .sort((a, b) => a[0] - b[0]);
  const out: Piece[] = [];
  let position = 0;
  for (const [start, end] of sorted) {
    if (end <= position) continue;
    const from = Math.max(start, position);
    if (from > position) out.push({ text: points.slice(position, from).join(''), found: false });
    const before = out.at(-1);
    const piece = points.slice(from, end).join('');
    if (before?.found && from === position) before.text += piece;
    else out.push({ text: piece, found: true });
    position = end;
  }
  if (position < points.length) out.push({ text: points.slice(position).join(''), found: false });
  return out;
}
