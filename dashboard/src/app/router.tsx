import { createBrowserRouter, type RouteObject } from 'react-router';
import { Broken } from './Broken';
import { NotFound } from './NotFound';
import { Shell } from './Shell';
import { Waiting } from './Waiting';

const pages: RouteObject[] = [
  { index: true, lazy: async () => ({ Component: (await import('@/pages/overview')).Overview }) },
  { path: 'providers', lazy: async () => ({ Component: (await import('@/pages/providers')).Providers }) },
  { path: 'keys', lazy: async () => ({ Component: (await import('@/pages/keys')).Keys }) },
  { path: 'guardrails', lazy: async () => ({ Component: (await import('@/pages/guardrails')).Guardrails }) },
  { path: 'guardrails/packs', lazy: async () => ({ Component: (await import('@/pages/guardrails')).Packs }) },
  { path: 'guardrails/import', lazy: async () => ({ Component: (await import('@/pages/guardrails')).Import }) },
  { path: 'guardrails/:id', lazy: async () => ({ Component: (await import('@/pages/guardrails')).GuardrailEditor }) },
  { path: 'events', lazy: async () => ({ Component: (await import('@/pages/events')).Events }) },
  { path: 'events/:id', lazy: async () => ({ Component: (await import('@/pages/events')).EventDetail }) },
  { path: 'events/secrets/:fingerprint', lazy: async () => ({ Component: (await import('@/pages/events')).Secret }) },
  { path: 'usage', lazy: async () => ({ Component: (await import('@/pages/usage')).Usage }) },
  { path: 'playground', lazy: async () => ({ Component: (await import('@/pages/playground')).Playground }) },
  { path: 'activity', lazy: async () => ({ Component: (await import('@/pages/activity')).Activity }) },
  { path: 'settings', lazy: async () => ({ Component: (await import('@/pages/settings')).Settings }) },
  { path: '*', Component: NotFound },
];

/** The addresses of the dashboard. Each page is a chunk of its own. */
export const router = createBrowserRouter(
  [
    {
      path: '/',
      Component: Shell,
      HydrateFallback: Waiting,
      ErrorBoundary: Broken,
      children: pages.map((page) => ({ ...page, ErrorBoundary: Broken })),
    },
  ],
  { basename: '/dashboard' },
);
