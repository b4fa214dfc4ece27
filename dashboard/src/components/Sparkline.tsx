import { areaPath, linePath, points } from '@/lib/sparkline';

interface SparklineProps {
  values: readonly number[];
  /** What the line says, for people who do not see it. */
  label: string;
  width?: number;
  height?: number;
}

const STROKE = 1.5;

/** The course of some numbers, as large as a word. A line at the bottom says that nothing happened. */
export function Sparkline({ values, label, width = 84, height = 24 }: SparklineProps) {
  const drawn = points(values, width, height, STROKE);
  const isFlat = values.every((value) => value === 0);
  const color = isFlat ? 'var(--mantine-color-dimmed)' : 'var(--mantine-primary-color-filled)';
  return (
    <svg
      role="img"
      aria-label={label}
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      style={{ display: 'block', flex: 'none' }}
    >
      {!isFlat && <path d={areaPath(drawn, height)} fill={color} opacity={0.16} />}
      <path
        d={linePath(drawn)}
        fill="none"
        stroke={color}
        strokeWidth={STROKE}
        strokeLinejoin="round"
        strokeLinecap="round"
        opacity={isFlat ? 0.5 : 1}
      />
    </svg>
  );
}
