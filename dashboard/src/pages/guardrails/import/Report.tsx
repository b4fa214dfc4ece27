import { Alert, Badge, Button, Group, List, Stack, Table, Text, Title } from '@mantine/core';
import { IconInfoCircle } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { count } from '@/lib/format';
import { type Fate, flaggedWords, importFormats, type ImportReport, lookedAtFirst, told } from '@/lib/imports';
import { rulesIn } from '@/lib/packs';

const fateColors: Record<Fate, string> = { created: 'teal', changed: 'blue', unchanged: 'gray' };
const fateWords: Record<Fate, string> = { created: 'new', changed: 'changed', unchanged: 'same' };

/** What becomes of a file: which rules are taken over and how, which are not and why, what they would flag. */
export function Report({ report }: { report: ImportReport }) {
  const { imported, skipped, notes } = report;
  return (
    <Stack gap="lg">
      <Stack gap={4}>
        <Title order={2} size="h4">
          {imported.length === 0 ? 'No rule can be imported' : `${rulesIn(imported.length)} can be imported`}
        </Title>
        <Text size="sm">
          {importFormats[report.format]}
          {imported.length > 0 && `: ${told(report)}`}
          {skipped.length > 0 && `; ${count(skipped.length)} cannot be imported`}.
        </Text>
        {imported.length > 0 && <Text size="sm">{flaggedWords(report)}</Text>}
      </Stack>
      {notes.length > 0 && (
        <Alert color="blue" icon={<IconInfoCircle size={18} aria-hidden />} p="sm">
          <List size="sm">
            {notes.map((note) => (
              <List.Item key={note}>{note}</List.Item>
            ))}
          </List>
        </Alert>
      )}
      {skipped.length > 0 && <SkippedRules skipped={skipped} />}
      {imported.length > 0 && <ImportedRules report={report} />}
    </Stack>
  );
}

export function SkippedRules({ skipped }: Pick<ImportReport, 'skipped'>) {
  return (
    <Rows
      title={`Not imported: ${count(skipped.length)}`}
      heads={['Rule', 'Why']}
      widths={['38%', undefined]}
      rows={skipped.map(({ name, reason }) => [<Name key="name" name={name} />, reason])}
    />
  );
}

export function ImportedRules({ report }: { report: ImportReport }) {
  return (
    <Rows
      title={`${report.dry_run ? 'Would be imported' : 'Imported'}: ${count(report.imported.length)}`}
      heads={['Rule, and what is otherwise than in the file', 'Ordinary texts']}
      widths={[undefined, 100]}
      rows={lookedAtFirst(report).map(({ name, fate, changes, flagged }) => [
        <Stack key="name" gap={2}>
          <Group gap={6}>
            <Name name={name} />
            <Badge color={fateColors[fate]} w="max-content">
              {fateWords[fate]}
            </Badge>
          </Group>
          {changes.map((change) => (
            <Text key={change} size="xs" c="dimmed">
              {change}
            </Text>
          ))}
        </Stack>,
        <Text key="flagged" size="sm" c={flagged > 0 ? undefined : 'dimmed'}>
          {flagged > 0 ? `flags ${count(flagged)}` : 'none'}
        </Text>,
      ])}
    />
  );
}

const Name = ({ name }: { name: string }) => (
  <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
    {name || '(without a name)'}
  </Text>
);

/** Rows that are drawn at first, and more at a time. */
const STEP = 20;

interface RowsProps {
  title: string;
  heads: readonly string[];
  widths: readonly (string | number | undefined)[];
  rows: readonly ReactNode[][];
}

function Rows({ title, heads, widths, rows }: RowsProps) {
  const [drawn, setDrawn] = useState(STEP);
  return (
    <Stack gap={4} component="section" aria-label={title}>
      <Title order={3} size="h5">
        {title}
      </Title>
      <Table aria-label={title} layout="fixed" horizontalSpacing="xs" fz="sm">
        <Table.Thead>
          <Table.Tr>
            {heads.map((head, index) => (
              <Table.Th key={head} scope="col" w={widths[index]}>
                {head}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.slice(0, drawn).map((cells, row) => (
            <Table.Tr key={row} style={{ verticalAlign: 'top' }}>
              {cells.map((cell, index) => (
                <Table.Td key={index} style={{ overflowWrap: 'anywhere' }}>
                  {cell}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {drawn < rows.length && (
        <Group gap="xs">
          <Button size="xs" variant="default" onClick={() => setDrawn(drawn + 5 * STEP)}>
            Show {count(Math.min(5 * STEP, rows.length - drawn))} more
          </Button>
          <Button size="xs" variant="subtle" onClick={() => setDrawn(rows.length)}>
            Show all {count(rows.length)}
          </Button>
        </Group>
      )}
    </Stack>
  );
}
