import type { ReactNode } from 'react';
import type { PolicyProblem } from '../../shared/contract/settings.ts';
import { Excerpt } from '../ui/Excerpt.tsx';
import './policy-problems.css';

function position({ line, column }: PolicyProblem): string {
  if (line === null) return '';
  return column === null ? `line ${line}` : `line ${line}, column ${column}`;
}

function Problem({ problem }: { readonly problem: PolicyProblem }): ReactNode {
  return (
    <li>
      <p>
        <strong>{problem.reason}</strong>
      </p>
      <p className="dim">
        <code className="path">{problem.path}</code> {position(problem)}
      </p>
      {problem.excerpt !== null && <Excerpt line={problem.line} text={problem.excerpt} caret={problem.caret} />}
    </li>
  );
}

/** What is wrong with an administrator's file, each with its place. */
export function PolicyProblems({ problems }: { readonly problems: readonly PolicyProblem[] }): ReactNode {
  return (
    <ol className="policy-problems">
      {problems.map((problem) => (
        <Problem key={`${problem.path}:${problem.line}:${problem.column}:${problem.reason}`} problem={problem} />
      ))}
    </ol>
  );
}
