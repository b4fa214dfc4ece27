import { Mark, Text } from '@mantine/core';
import { pieces } from '@/lib/spans';

interface MarkedProps {
  text: string;
  spans: readonly (readonly [number, number] | number[])[];
  color?: string;
  /** The finding (the first is 0) that is outlined. */
  current?: number;
}

/** A text with its findings highlighted. Offsets are in code points, as the gateway counts. */
export function Marked({ text, spans, color = 'yellow', current }: MarkedProps) {
  const cut = pieces(text, spans);
  const outlined = current === undefined ? undefined : cut.filter((piece) => piece.found)[current];
  return (
    <Text span inherit ff="monospace" style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
      {cut.map((piece, index) =>
        piece.found ? (
          <Mark
            key={index}
            color={color}
            style={piece === outlined ? { outline: '2px solid currentColor', borderRadius: 2 } : undefined}
          >
            {piece.text}
          </Mark>
        ) : (
          <span key={index}>{piece.text}</span>
        ),
      )}
    </Text>
  );
}
