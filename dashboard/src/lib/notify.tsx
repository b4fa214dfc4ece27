import { notifications } from '@mantine/notifications';
import { IconCheck, IconX } from '@tabler/icons-react';
import { ApiError } from '@/api/client';

/** Say that something was done. */
export const done = (message: string) => notifications.show({ message, color: 'teal', icon: <IconCheck size={18} /> });

/** Say what failed, in the server's words and with the request's id. */
export function failed(title: string, error: unknown) {
  const message = error instanceof Error ? error.message : String(error);
  const id = error instanceof ApiError && error.requestId ? ` (request ${error.requestId})` : '';
  notifications.show({ title, message: message + id, color: 'red', icon: <IconX size={18} />, autoClose: 10_000 });
}
