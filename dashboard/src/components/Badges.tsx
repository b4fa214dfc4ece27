import { Badge } from '@mantine/core';

const modeColors: Record<string, string> = {
  reject: 'red',
  replace: 'blue',
  pseudonymise: 'violet',
  monitor: 'gray',
};
const actionColors: Record<string, string> = {
  rejected: 'red',
  replaced: 'blue',
  pseudonymised: 'violet',
  monitored: 'gray',
};
const statusColors: Record<string, string> = { ok: 'teal', error: 'red', cancelled: 'gray', interrupted: 'orange' };

export const ModeBadge = ({ mode }: { mode: string }) => (
  <Badge color={modeColors[mode] ?? 'gray'} w="max-content">
    {mode}
  </Badge>
);

const actionWords: Record<string, string> = { rejected: 'blocked', replaced: 'redacted' };
const severityColors: Record<string, string> = { low: 'gray', medium: 'yellow', high: 'orange', critical: 'red' };

/** What became of the call: refused, sent on without what was found, or only put on record. */
export const ActionBadge = ({ action }: { action: string }) => (
  <Badge color={actionColors[action] ?? 'gray'}>{actionWords[action] ?? action}</Badge>
);

export const SeverityBadge = ({ severity }: { severity: string }) => (
  <Badge variant="dot" color={severityColors[severity] ?? 'gray'} w="max-content">
    {severity}
  </Badge>
);

export const StatusBadge = ({ status }: { status: string }) => (
  <Badge color={statusColors[status] ?? 'gray'}>{status}</Badge>
);
