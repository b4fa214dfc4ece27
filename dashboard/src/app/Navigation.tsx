import { NavLink } from '@mantine/core';
import {
  IconChartBar,
  IconGauge,
  IconHistory,
  IconKey,
  IconListSearch,
  IconMessageChatbot,
  IconPlugConnected,
  IconSettings,
  IconShieldCheck,
} from '@tabler/icons-react';
import { Link, useLocation } from 'react-router';

const pages = [
  { to: '/', label: 'Overview', icon: IconGauge },
  { to: '/providers', label: 'Providers', icon: IconPlugConnected },
  { to: '/keys', label: 'Keys', icon: IconKey },
  { to: '/guardrails', label: 'Guard Rails', icon: IconShieldCheck },
  { to: '/events', label: 'Events', icon: IconListSearch },
  { to: '/usage', label: 'Usage', icon: IconChartBar },
  { to: '/playground', label: 'Playground', icon: IconMessageChatbot },
  { to: '/activity', label: 'Activity', icon: IconHistory },
  { to: '/settings', label: 'Settings', icon: IconSettings },
] as const;

/** The pages, the present one marked. */
export function Navigation() {
  const { pathname } = useLocation();
  return (
    <nav aria-label="Pages">
      {pages.map(({ to, label, icon: Sign }) => {
        const active = to === '/' ? pathname === '/' : pathname === to || pathname.startsWith(`${to}/`);
        return (
          <NavLink
            key={to}
            component={Link}
            to={to}
            label={label}
            leftSection={<Sign size={18} stroke={1.7} aria-hidden />}
            active={active}
            aria-current={active ? 'page' : undefined}
            styles={{ root: { borderRadius: 'var(--mantine-radius-md)', marginBottom: 2 } }}
          />
        );
      })}
    </nav>
  );
}
