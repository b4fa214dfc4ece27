import { describe, expect, it } from 'vitest';
import { areaPath, linePath, points } from './sparkline';

describe('a sparkline', () => {
  it('has its highest value at the top, zero at the bottom, and even steps between', () => {
    expect(points([0, 5, 10], 22, 12, 1)).toEqual([
      [1, 11],
      [11, 6],
      [21, 1],
    ]);
  });

  it('is flat at the bottom when nothing happened', () => {
    expect(linePath(points([0, 0], 10, 10, 1))).toBe('M1 9L9 9');
  });

  it('stays within its box whatever the values', () => {
    const drawn = points([-4, 1e9, 0.001, 3], 80, 20, 1);
    expect(drawn.every(([x, y]) => x >= 1 && x <= 79 && y >= 1 && y <= 19)).toBe(true);
  });

  it('of one value or of none is no fault', () => {
    expect(linePath(points([7], 80, 20, 1))).toBe('M1 1');
    expect(linePath(points([], 80, 20, 1))).toBe('');
    expect(areaPath([], 20)).toBe('');
  });

  it('has an area that closes at the bottom', () => {
    expect(areaPath(points([0, 10], 10, 10, 0), 10)).toBe('M0 10L10 0L10 10L0 10Z');
  });
});
