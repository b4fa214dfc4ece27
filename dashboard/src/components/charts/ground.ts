/** A card's own colour: what stays in sight of a table covers what scrolls under it. */
export const ground = 'var(--mantine-color-default)';
