import { Accordion, Stack, Text, Textarea } from '@mantine/core';
import type { ReactNode } from 'react';
import { finerPoints } from '@/lib/rules';
import { AllowFields } from './AllowFields';
import { Lockable } from './Lockable';
import { ExampleFields } from './ExampleFields';
import type { PartProps } from './part';
import { ReachFields } from './ReachFields';
import { ScopeFields } from './ScopeFields';
import { SecretFields } from './SecretFields';

const parts: { name: string; title: string; members: string[]; part: (props: PartProps) => ReactNode }[] = [
  {
    name: 'secret',
    title: 'What counts',
    members: ['secret_group', 'validators', 'near'],
    part: (props) => <SecretFields {...props} />,
  },
  { name: 'allow', title: 'What may pass', members: ['allow'], part: (props) => <AllowFields {...props} /> },
  {
    name: 'reach',
    title: 'Where it looks',
    members: ['directions', 'views', 'field_classes'],
    part: (props) => <ReachFields {...props} />,
  },
  { name: 'scope', title: 'Whose calls', members: ['scope'], part: (props) => <ScopeFields {...props} /> },
  { name: 'examples', title: 'Examples', members: ['examples'], part: (props) => <ExampleFields {...props} /> },
];

/** The finer points of a rule, folded away until somebody wants them: a pattern and a mode are enough. */
export function MoreFields({ isLocked = false, ...props }: PartProps & { isLocked?: boolean }) {
  const { rule, set, faultOf } = props;
  const told = finerPoints(rule);
  return (
    <Stack gap="xs">
      {told.length > 0 && (
        <Text size="xs" c="dimmed">
          {told.join(' · ')}
        </Text>
      )}
      <Accordion variant="contained" multiple chevronPosition="left" keepMounted={false}>
        {parts.map(({ name, title, members, part }) => {
          const isAtFault = members.some((member) => faultOf(member) !== null);
          return (
            <Accordion.Item key={name} value={name}>
              <Accordion.Control>
                <Text size="sm" {...(isAtFault && { c: 'var(--mantine-color-error)' })}>
                  {title}
                  {isAtFault && ': needs a look'}
                </Text>
              </Accordion.Control>
              <Accordion.Panel>
                <Lockable isLocked={isLocked}>{part(props)}</Lockable>
              </Accordion.Panel>
            </Accordion.Item>
          );
        })}
        <Accordion.Item value="description">
          <Accordion.Control>
            <Text size="sm">Description</Text>
          </Accordion.Control>
          <Accordion.Panel>
            <Textarea
              label="Description"
              description="For whoever reads the rule later: what it is for, who asked for it"
              value={rule.description}
              onChange={(event) => set({ description: event.currentTarget.value })}
              disabled={isLocked}
              autosize
              minRows={2}
              maxRows={8}
              error={faultOf('description')}
            />
          </Accordion.Panel>
        </Accordion.Item>
      </Accordion>
    </Stack>
  );
}
