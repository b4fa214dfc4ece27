import { Checkbox, Stack } from '@mantine/core';
import { type Choice, type FieldClass, fieldClasses, type ViewName, views } from '@/lib/rules';
import type { PartProps } from './part';

interface ChoicesProps<Value extends string> {
  label: string;
  description: string;
  choices: readonly Choice<Value>[];
  value: Value[];
  onChange: (value: Value[]) => void;
  error: string | null;
}

function Choices<Value extends string>({ label, description, choices, value, onChange, error }: ChoicesProps<Value>) {
  return (
    <Checkbox.Group
      label={label}
      description={description}
      value={value}
      // In the order in which they are shown, so that a choice undone is no change.
      onChange={(chosen) => onChange(choices.map((each) => each.value).filter((each) => chosen.includes(each)))}
      error={error ?? (value.length === 0 ? 'Choose at least one.' : null)}
    >
      <Stack gap={6} mt="xs">
        {choices.map((choice) => (
          <Checkbox key={choice.value} value={choice.value} label={choice.label} description={choice.about} size="xs" />
        ))}
      </Stack>
    </Checkbox.Group>
  );
}

const directions = [
  { value: 'request', label: 'Requests', about: 'before they leave for a provider' },
  { value: 'response', label: 'Answers', about: 'before they reach the client, streams included' },
] as const;

/** Which texts the rule reads, and in which readings. */
export function ReachFields({ rule, set, faultOf }: PartProps) {
  const readings = views.filter(({ value }) => value !== 'spaceless' || rule.mode === 'monitor');
  return (
    <Stack gap="lg">
      <Choices
        label="Directions"
        description="Which way the texts go"
        choices={directions}
        value={rule.directions}
        onChange={(chosen) => set({ directions: chosen })}
        error={faultOf('directions')}
      />
      <Choices<ViewName>
        label="Views"
        description="How a text is read"
        choices={readings}
        value={rule.views}
        onChange={(chosen) => set({ views: chosen })}
        error={faultOf('views')}
      />
      <Choices<FieldClass>
        label="Kinds of fields"
        description="Where in a request or an answer it looks"
        choices={fieldClasses}
        value={rule.field_classes}
        onChange={(chosen) => set({ field_classes: chosen })}
        error={faultOf('field_classes')}
      />
    </Stack>
  );
}
