import { Button, Menu } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { api, data } from '@/api/client';
import { done, failed } from '@/lib/notify';
import { rulesIn } from '@/lib/packs';

type Format = 'toml' | 'csv';

/** Let the browser save a text as a file. */
function save(text: string, name: string) {
  const address = URL.createObjectURL(new Blob([text], { type: 'application/octet-stream' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address));
}

/** One's own rules as a file that can be imported, or followed by another gateway. */
export function ExportRules() {
  const exporting = useMutation({
    mutationFn: (format: Format) => data(api.GET('/admin/guardrails/export', { params: { query: { format } } })),
    onSuccess: ({ content, format, rules }) => {
      save(content, `guardrails.${format}`);
      done(`${rulesIn(rules)} exported. Those of packs are not among them: packs are switched.`);
    },
    onError: (error) => failed('The rules could not be exported', error),
  });
  return (
    <Menu position="bottom-end" shadow="md" width={260}>
      <Menu.Target>
        <Button variant="default" leftSection={<IconDownload size={16} aria-hidden />} loading={exporting.isPending}>
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Your own rules</Menu.Label>
        <Menu.Item onClick={() => exporting.mutate('toml')}>TOML, with all they say</Menu.Item>
        <Menu.Item onClick={() => exporting.mutate('csv')}>CSV, patterns and modes alone</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
