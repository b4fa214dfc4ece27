import { Button, Group } from '@mantine/core';
import { IconListDetails, IconPackages } from '@tabler/icons-react';
import { Link } from 'react-router';

const sections = [
  { name: 'rules', to: '/guardrails', label: 'Rules', icon: IconListDetails },
  { name: 'packs', to: '/guardrails/packs', label: 'Packs', icon: IconPackages },
] as const;

/** The two sides of guard rails: every rule, and the packs that many of them come with. */
export function Sections({ now }: { now: (typeof sections)[number]['name'] }) {
  return (
    <Group component="nav" aria-label="Guard rails" gap={4}>
      {sections.map(({ name, to, label, icon: Sign }) => (
        <Button
          key={name}
          component={Link}
          to={to}
          size="sm"
          variant={name === now ? 'light' : 'subtle'}
          color={name === now ? undefined : 'gray'}
          leftSection={<Sign size={16} aria-hidden />}
          aria-current={name === now ? 'page' : undefined}
        >
          {label}
        </Button>
      ))}
    </Group>
  );
}
