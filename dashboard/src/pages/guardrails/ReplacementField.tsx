import { Checkbox, Code, Stack, TextInput } from '@mantine/core';
import { monospace, type PartProps } from './fields/part';

/** What a match becomes. */
export function ReplacementField({ rule, set, faultOf }: PartProps) {
  const isGo = rule.template === 'go';
  return (
    <Stack gap="xs">
      <TextInput
        label="Replacement"
        description={
          isGo ? (
            <>
              <Code>$1</Code> is what the first group matched, <Code>{'${name}'}</Code> a named group, <Code>$$</Code> a
              dollar. Empty: the match is left out.
            </>
          ) : (
            'Put there as it is. Empty: the match is left out.'
          )
        }
        placeholder="[REDACTED]"
        value={rule.replace_by}
        onChange={(event) => set({ replace_by: event.currentTarget.value })}
        error={faultOf('replace_by')}
        autoComplete="off"
        spellCheck={false}
        styles={monospace}
      />
      <Checkbox
        size="xs"
        label="Literal: a dollar sign is a dollar sign"
        checked={!isGo}
        onChange={(event) => set({ template: event.currentTarget.checked ? 'literal' : 'go' })}
      />
    </Stack>
  );
}
