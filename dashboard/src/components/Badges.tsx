import { Badge } from '@mantine/core';

const modeColors: Record<string, string> = { reject: 'red', replace: 'blue' };
const actionColors: Record<string, string> = { rejected: 'red', replaced: 'blue' };
const statusColors: Record<string, string> = { ok: 'teal', error: 'red', cancelled: 'gray', interrupted: 'orange' };

export const ModeBadge = ({ mode }: { mode: string }) => <Badge color={modeColors[mode] ?? 'gray'}>{mode}</Badge>;

/** What became of the call: refused, or sent on without what was found. */
export const ActionBadge = ({ action }: { action: string }) => (
  <Badge color={actionColors[action] ?? 'gray'}>{action === 'rejected' ? 'blocked' : 'redacted'}</Badge>
);

export const StatusBadge = ({ status }: { status: string }) => (
  <Badge color={statusColors[status] ?? 'gray'}>{status}</Badge>
);
