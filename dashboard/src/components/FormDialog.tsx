import { Modal, type ModalProps } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';

interface FormDialogProps extends Pick<ModalProps, 'opened' | 'onClose' | 'title' | 'children' | 'size'> {
  /** Something was written that a click beside the dialog must not lose. */
  dirty: boolean;
  /** Only the dialog's own buttons close it. */
  locked?: boolean;
}

/** A dialog to fill in; all of the screen on a phone. */
export function FormDialog({ dirty, locked = false, ...modal }: FormDialogProps) {
  const isPhone = useMediaQuery('(max-width: 36em)');
  return (
    <Modal
      {...modal}
      fullScreen={isPhone}
      closeOnClickOutside={!dirty && !locked}
      closeOnEscape={!locked}
      withCloseButton={!locked}
    />
  );
}
