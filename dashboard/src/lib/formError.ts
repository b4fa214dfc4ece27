import { ApiError } from '@/api/client';

/** The gateway's reason for a field, without the member's name in front: the field has its label. */
export function fieldError(error: unknown, param: string): string | null {
  if (!(error instanceof ApiError) || error.param !== param) return null;
  const reason = error.message.startsWith(`${param} `) ? error.message.slice(param.length + 1) : error.message;
  return reason.charAt(0).toUpperCase() + reason.slice(1);
}

/** An error that belongs to none of the form's fields; null when a field shows it. */
export const formError = (error: unknown, params: readonly string[]): unknown =>
  params.some((param) => fieldError(error, param) !== null) ? null : error;
