import { Button, Group, Modal, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { Failure } from './Failure';

interface ConfirmProps {
  opened: boolean;
  title: string;
  /** What will happen, and to whom. */
  children: ReactNode;
  /** The verb: "Revoke", "Delete". */
  action: string;
  /** It takes nothing away, and can be undone. */
  isSafe?: boolean;
  busy: boolean;
  error?: unknown;
  onConfirm: () => void;
  onClose: () => void;
}

/** Ask before something that cannot be undone, or that many will feel. The safe way out has the focus. */
export function Confirm({ opened, title, children, action, isSafe, busy, error, onConfirm, onClose }: ConfirmProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={title}>
      <Stack>
        {children}
        {error != null && <Failure error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            Cancel
          </Button>
          <Button color={isSafe ? undefined : 'red.9'} loading={busy} onClick={onConfirm}>
            {action}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
