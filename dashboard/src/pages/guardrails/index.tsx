import { useParams, useSearchParams } from 'react-router';
import { ruleToStartFrom } from '@/lib/ruleExamples';
import { Editor } from './Editor';
import { ExistingRule } from './ExistingRule';
import { StandAloneBench } from './StandAloneBench';

export { RuleList as Guardrails } from './RuleList';
export { Import } from './import';
export { Packs } from './packs';

/** `new` makes a rule, `test` tries those in force, anything else is a rule's id. */
export function GuardrailEditor() {
  const { id = 'new' } = useParams();
  const [query] = useSearchParams();
  const example = query.get('example');
  if (id === 'test') return <StandAloneBench />;
  if (id === 'new') return <Editor key={`new ${example ?? ''}`} start={ruleToStartFrom(example)} />;
  return <ExistingRule key={id} id={id} />;
}
