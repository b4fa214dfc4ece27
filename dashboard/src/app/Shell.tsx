import { AppShell, Burger, Center, Group, ScrollArea, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Suspense, useEffect } from 'react';
import { Link, Outlet, useLocation, useNavigation } from 'react-router';
import { ApiError } from '@/api/client';
import { useSession } from '@/api/queries';
import { Failure } from '@/components/Failure';
import { remembered } from '@/lib/remembered';
import mark from '@/mark.svg';
import { Login } from './Login';
import { Menu } from './Menu';
import { Navigation } from './Navigation';
import { Waiting } from './Waiting';

/**
 * Who is not logged in sees the login, wherever they came to; who is sees the page. A browser that has logged in is taken
 * at its word until the gateway has answered: the page asks for its data meanwhile.
 */
export function Shell() {
  const session = useSession();
  if (session.data || (session.isPending && remembered.get())) return <Frame />;
  if (session.isPending) return <Waiting />;
  if (session.error && !(session.error instanceof ApiError && session.error.status === 401))
    return (
      <Center h="100vh" p="md">
        <Failure error={session.error} title="The dashboard cannot start" retry={() => void session.refetch()} />
      </Center>
    );
  return <Login />;
}

function Frame() {
  const [opened, { toggle, close }] = useDisclosure();
  const { pathname } = useLocation();
  const loading = useNavigation().state === 'loading';
  useEffect(close, [pathname, close]);
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 220, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding={{ base: 'md', md: 'xl' }}
    >
      <a className="skip-link" href="#content">
        Skip to content
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Navigation" />
            <Link to="/" style={{ color: 'inherit', textDecoration: 'none' }} aria-label="LLM Proxy, overview">
              <Group gap="xs" wrap="nowrap">
                <img src={mark} alt="" width={28} height={28} />
                <Text fw={650}>LLM Proxy</Text>
              </Group>
            </Link>
          </Group>
          <Menu />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm">
        <AppShell.Section grow component={ScrollArea}>
          <Navigation />
        </AppShell.Section>
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1} aria-busy={loading} style={{ outline: 'none' }}>
        <Suspense fallback={<Waiting />}>
          <Outlet />
        </Suspense>
      </AppShell.Main>
    </AppShell>
  );
}
