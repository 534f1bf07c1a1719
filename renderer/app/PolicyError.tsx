import type { ReactNode } from 'react';
import type { PolicyProblem } from '../../shared/contract/settings.ts';
import { caretExcerpt } from '../model/excerpt.ts';
import { plural } from '../model/plural.ts';
import { useSnapshot } from '../state/context.ts';
import { AlertIcon } from '../ui/icons.tsx';
import './policy-error.css';

const EXCERPT_WIDTH = 76;

function position({ line, column }: PolicyProblem): string {
  if (line === null) return '';
  return column === null ? `line ${line}` : `line ${line}, column ${column}`;
}

function Problem({ problem }: { readonly problem: PolicyProblem }): ReactNode {
  const { caret } = problem;
  const excerpt =
    problem.excerpt === null ? null : caretExcerpt(problem.excerpt, caret === null ? null : caret + 1, EXCERPT_WIDTH);
  return (
    <li className="policy-error__problem">
      <p>
        <strong>{problem.reason}</strong>
      </p>
      <p className="policy-error__place">
        <code className="path">{problem.path}</code> {position(problem)}
      </p>
      {excerpt !== null && (
        <pre className="policy-error__excerpt">
          {problem.line !== null && <span className="policy-error__line">{problem.line} </span>}
          {excerpt.line}
          {excerpt.caret !== null && (
            <span className="policy-error__caret" aria-hidden="true">
              {`\n${problem.line === null ? '' : ' '.repeat(String(problem.line).length + 1)}${excerpt.caret}`}
            </span>
          )}
        </pre>
      )}
    </li>
  );
}

/** An administrator's file that cannot be obeyed: what is wrong with it, where, and what has to happen. */
export function PolicyError(): ReactNode {
  const { policy } = useSnapshot();
  if (policy.kind !== 'invalid') return null;
  return (
    <section className="policy-error" role="alert" aria-labelledby="policy-error-title">
      <AlertIcon />
      <div className="policy-error__text">
        <h2 id="policy-error-title">The administrator’s policy is not valid, so the engine stays stopped.</h2>
        <p className="dim">
          {plural(policy.problems.length, 'problem')}. Until the file is right, Bulkhead cannot know what it demands,
          and nothing runs.
        </p>
        <ol className="policy-error__problems">
          {policy.problems.map((problem) => (
            <Problem key={`${problem.path}:${problem.line}:${problem.column}:${problem.reason}`} problem={problem} />
          ))}
        </ol>
        <p>
          <strong>What to do:</strong> ask your administrator to correct the file, then quit Bulkhead and start it
          again. The file is read once, when Bulkhead starts.
        </p>
      </div>
    </section>
  );
}
