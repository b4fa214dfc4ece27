import type { Range } from './range';

const words: Record<Range['name'], string> = {
  '1h': 'hour',
  '6h': '6 hours',
  '24h': '24 hours',
  '7d': '7 days',
  '30d': '30 days',
  custom: 'period',
};

/** Where in time a range is, in a sentence: "in the last 24 hours". */
export const inRange = ({ name }: Pick<Range, 'name'>): string =>
  name === 'custom' ? 'in this range' : `in the last ${words[name]}`;

/** The period to which a range is compared: "the 24 hours before". */
export const beforeRange = ({ name }: Pick<Range, 'name'>): string => `the ${words[name]} before`;
