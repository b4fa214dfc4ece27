import { createTheme, type MantineColorsTuple } from '@mantine/core';

const teal: MantineColorsTuple = [
  '#effcfa',
  '#d3f6ef',
  '#a5ebdf',
  '#70dccb',
  '#3fc6b3',
  '#22a999',
  '#138377',
  '#0f766e',
  '#0d5f59',
  '#0b4a46',
];

/** One look for every page. Shade 7 on white and shade 4 on dark keep 4.5:1 for text (WCAG 2.2, 1.4.3). */
export const theme = createTheme({
  primaryColor: 'teal',
  primaryShade: { light: 7, dark: 6 },
  colors: { teal },
  autoContrast: true,
  fontFamily: "'Inter Variable', system-ui, sans-serif",
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace',
  headings: { fontFamily: "'Inter Variable', system-ui, sans-serif", fontWeight: '650' },
  defaultRadius: 'md',
  cursorType: 'pointer',
  focusRing: 'auto',
  components: {
    Card: { defaultProps: { withBorder: true, padding: 'lg', shadow: 'none' } },
    Table: { defaultProps: { verticalSpacing: 'xs', horizontalSpacing: 'md' } },
    Tooltip: { defaultProps: { withArrow: true, openDelay: 200, events: { hover: true, focus: true, touch: true } } },
    Badge: { defaultProps: { radius: 'sm', variant: 'light' }, styles: { root: { textTransform: 'none' } } },
    // Its own place for the first focus is a child that a menu must not have (WAI-ARIA): the first item takes it.
    Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
    Modal: {
      defaultProps: {
        centered: true,
        overlayProps: { backgroundOpacity: 0.45, blur: 2 },
        closeButtonProps: { 'aria-label': 'Close' },
      },
      styles: { title: { fontWeight: 650, lineHeight: 1.4, overflowWrap: 'anywhere' } },
    },
    Notification: {
      defaultProps: { closeButtonProps: { 'aria-label': 'Dismiss' } },
      styles: { description: { color: 'var(--mantine-color-text)', overflowWrap: 'anywhere' } },
    },
  },
});

/** Colours of series, in the order in which they are given out; told apart by colour-blind readers too. */
export const seriesColors = [
  'teal.6',
  'indigo.5',
  'orange.5',
  'grape.5',
  'lime.6',
  'cyan.6',
  'pink.5',
  'yellow.6',
  'blue.5',
  'gray.5',
] as const;
