import { useEffect, type ReactNode } from 'react';
import { catalog } from '../../shared/settings/catalog.ts';
import { applyPlan } from '../model/apply-plan.ts';
import { pendingChanges } from '../model/changes.ts';
import { draftProblems, type DraftProblem } from '../model/draft-problems.ts';
import { plural } from '../model/plural.ts';
import { useActions, useDraft, useSnapshot, useTask, useWindow } from '../state/context.ts';
import { Button } from '../ui/Button.tsx';
import { FailureNote } from '../ui/FailureNote.tsx';
import './footer.css';

function problemWords(problems: readonly DraftProblem[]): string {
  const labels = problems.map(({ key }) => catalog[key].label);
  return problems.length === 1
    ? `${labels.join('')}: not a valid value yet`
    : `${plural(problems.length, 'setting')} without a valid value: ${labels.join(', ')}`;
}

/** Says what Apply will do before it is pressed. */
export function Footer(): ReactNode {
  const { apply, discardDraft, listContainers, reveal } = useActions();
  const { settings, engine } = useSnapshot();
  const draft = useDraft();
  const saved = useWindow((state) => state.saved);
  const containers = useWindow((state) => state.containers);
  const reviewing = useWindow((state) => state.session !== null);
  const { pending, failure } = useTask('apply');

  const changes = pendingChanges(settings, draft.draft);
  const problems = draftProblems(draft);
  const [problem] = problems;
  const running = containers?.filter((container) => container.running).length ?? null;
  const plan = applyPlan(changes, engine.state, running);
  const plain = saved && changes.length === 0 ? 'Saved' : plan.text;
  const words = problem === undefined ? plain : problemWords(problems);
  const listing = plan.restarts && engine.state.kind === 'running';

  // Containers come and go in a terminal, that is, while this window does not have the focus.
  useEffect(() => {
    if (!listing) return undefined;
    const list = (): void => void listContainers();
    list();
    window.addEventListener('focus', list);
    return () => window.removeEventListener('focus', list);
  }, [listing, listContainers]);

  return (
    <section className="footer" aria-label="Apply changes">
      <p
        className={problem === undefined ? 'footer__plan' : 'footer__plan footer__plan--problem'}
        id="apply-plan"
        aria-live="polite"
      >
        {words}
      </p>
      {problem !== undefined && (
        <Button look="quiet" onPress={() => reveal(problem.key)}>
          Show
        </Button>
      )}
      <Button disabled={(changes.length === 0 && problem === undefined) || pending} onPress={discardDraft}>
        Cancel
      </Button>
      <Button
        look="primary"
        disabled={!plan.enabled || problem !== undefined}
        pending={pending && !reviewing}
        describedBy="apply-plan"
        onPress={() => void apply()}
      >
        {plan.action}
      </Button>
      {!reviewing && <FailureNote failure={failure} />}
    </section>
  );
}
