import type { ReactNode } from 'react';

/** Fields that are read and not written where the rule is changed elsewhere. */
export const Lockable = ({ isLocked, children }: { isLocked: boolean; children: ReactNode }) => (
  <fieldset disabled={isLocked} style={{ all: 'unset', display: 'contents' }}>
    {children}
  </fieldset>
);
