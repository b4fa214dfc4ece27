const UNATTENDED_MS = 60_000;

let touchedAt = Date.now();

/** Note from now on when somebody touches the page. */
export function watchForTouch() {
  for (const act of ['pointerdown', 'keydown', 'wheel', 'touchstart'])
    window.addEventListener(act, () => (touchedAt = Date.now()), { passive: true, capture: true });
}

/** Whether nobody has touched the page for a minute: what it asks for then must not keep the session alive. */
export const isUnattended = () => Date.now() - touchedAt > UNATTENDED_MS;
