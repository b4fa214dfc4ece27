import { Text } from '@mantine/core';
import { type RefObject, useCallback, useEffect } from 'react';
import { type BlockerFunction, useBlocker } from 'react-router';
import { Confirm } from '@/components/Confirm';

interface UnsavedProps {
  isChanged: boolean;
  /** Set when the page is left on purpose. */
  leaving: RefObject<boolean>;
}

/** Ask before changes are lost, whichever way the page is left. */
export function Unsaved({ isChanged, leaving }: UnsavedProps) {
  const shouldBlock = useCallback<BlockerFunction>(
    ({ currentLocation, nextLocation }) =>
      isChanged && !leaving.current && currentLocation.pathname !== nextLocation.pathname,
    [isChanged, leaving],
  );
  const blocker = useBlocker(shouldBlock);
  useEffect(() => {
    if (!isChanged) return undefined;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [isChanged]);
  return (
    <Confirm
      opened={blocker.state === 'blocked'}
      title="Leave without saving?"
      action="Leave"
      busy={false}
      onConfirm={() => blocker.proceed?.()}
      onClose={() => blocker.reset?.()}
    >
      <Text size="sm">The changes to this rule are not saved. If you leave now, they are lost.</Text>
    </Confirm>
  );
}
