/**
 * Whether this browser has logged in: a word, no secret. It spares who has not a request that can only be refused.
 * The session itself is a cookie that no script can read.
 */
const NAME = 'llm-proxy-logged-in';

// eslint-disable-next-line no-restricted-properties -- the one thing kept here, beside the colour scheme
const storage = window.localStorage;

export const remembered = {
  get: () => storage.getItem(NAME) !== null,
  set: () => storage.setItem(NAME, 'yes'),
  clear: () => storage.removeItem(NAME),
  /** Be told when another tab has logged out. */
  onCleared: (told: () => void) =>
    window.addEventListener('storage', ({ key, newValue }) => {
      if (key === NAME && newValue === null) told();
    }),
};
