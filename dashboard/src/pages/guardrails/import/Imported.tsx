import { Button, Card, Group, Stack, Text, ThemeIcon, Title } from '@mantine/core';
import { IconCheck, IconListDetails } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import { Link } from 'react-router';
import { flaggedWords, type ImportReport, told } from '@/lib/imports';
import { rulesIn } from '@/lib/packs';
import { ImportedRules, SkippedRules } from './Report';

/** What was imported, and the way to it. */
export function Imported({ report, onAgain }: { report: ImportReport; onAgain: () => void }) {
  const { imported, skipped, pack } = report;
  const heading = useRef<HTMLHeadingElement>(null);
  // The button that was pressed is gone: who cannot see is told what came of it.
  useEffect(() => {
    window.scrollTo(0, 0);
    heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <Card>
      <Stack gap="lg">
        <Group gap="sm" wrap="nowrap" align="flex-start">
          <ThemeIcon size={36} radius="xl" variant="light">
            <IconCheck size={20} aria-hidden />
          </ThemeIcon>
          <div>
            <Title order={2} size="h4" ref={heading} tabIndex={-1} style={{ outline: 'none' }}>
              {rulesIn(imported.length)} imported
            </Title>
            <Text size="sm">
              {told(report)}. {flaggedWords(report)}
            </Text>
          </div>
        </Group>
        <Group gap="sm">
          <Button
            component={Link}
            to={`/guardrails?from=${encodeURIComponent(pack || 'api')}`}
            leftSection={<IconListDetails size={16} aria-hidden />}
          >
            Show these rules
          </Button>
          <Button variant="default" onClick={onAgain}>
            Import another file
          </Button>
        </Group>
        {skipped.length > 0 && <SkippedRules skipped={skipped} />}
        <ImportedRules report={report} />
      </Stack>
    </Card>
  );
}
