import type { ReactNode } from 'react';
import type { PolicyStatus, PolicyWarning } from '../../shared/contract/settings.ts';
import { plural } from '../model/plural.ts';
import { useSnapshot } from '../state/context.ts';
import { CopyButton } from '../ui/CopyButton.tsx';
import { AlertIcon, LockIcon } from '../ui/icons.tsx';
import { PolicyKeys } from './PolicyKeys.tsx';
import { PolicyProblems } from './PolicyProblems.tsx';
import { Excerpt } from '../ui/Excerpt.tsx';
import './policy-view.css';

function File({ path }: { readonly path: string }): ReactNode {
  return (
    <p className="policy__file">
      <code className="path">{path}</code>
      <CopyButton text={path} what={`the path ${path}`} />
    </p>
  );
}

/** How a change of the file comes into force; the same whatever became of the file. */
function HowToChange(): ReactNode {
  return (
    <p className="dim">
      The file is read once, when Bulkhead starts. After a change, quit Bulkhead and start it again:{' '}
      <strong>Restart</strong> restarts the engine and does not read the file again.
    </p>
  );
}

function Warnings({ warnings }: { readonly warnings: readonly PolicyWarning[] }): ReactNode {
  if (warnings.length === 0) return null;
  return (
    <section className="policy__warnings" aria-labelledby="policy-warnings-title">
      <h2 id="policy-warnings-title">
        <AlertIcon />
        {plural(warnings.length, 'remark')} on the file
      </h2>
      <ol>
        {warnings.map((warning) => (
          <li key={`${warning.line}:${warning.column}:${warning.message}`}>
            <p>
              {warning.message}{' '}
              <span className="dim">
                line {warning.line}, column {warning.column}
              </span>
            </p>
            <Excerpt line={warning.line} text={warning.excerpt} caret={warning.caret} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function Status({ policy }: { readonly policy: PolicyStatus }): ReactNode {
  switch (policy.kind) {
    case 'none':
      return (
        <section className="policy__status" aria-labelledby="policy-title">
          <h2 id="policy-title">No administrator’s file</h2>
          <p>Nobody has locked or pre-filled a setting. A file in the first of these places would count:</p>
          <ul>
            {policy.searched.map((path) => (
              <li key={path}>
                <File path={path} />
              </li>
            ))}
          </ul>
          <HowToChange />
        </section>
      );
    case 'inForce': {
      const locked = policy.keys.filter((key) => key.locked === true && key.state === 'enforced').length;
      return (
        <section className="policy__status" aria-labelledby="policy-title">
          <h2 id="policy-title">
            Policy in force
            <span className="chip chip--managed">
              <LockIcon />
              {plural(locked, 'locked setting')}
            </span>
          </h2>
          <File path={policy.path} />
          <HowToChange />
        </section>
      );
    }
    case 'invalid':
      return (
        <section className="policy__status" aria-labelledby="policy-title">
          <h2 id="policy-title">{plural(policy.problems.length, 'problem')} in the file</h2>
          <File path={policy.path} />
          <PolicyProblems problems={policy.problems} />
        </section>
      );
  }
}

/** The administrator's file as Bulkhead understood it: which one it is, what it says, and what follows from each key. */
export function PolicyView(): ReactNode {
  const { policy } = useSnapshot();
  return (
    <div className="policy">
      <Status policy={policy} />
      {policy.kind === 'inForce' && (
        <>
          <PolicyKeys keys={policy.keys} />
          <Warnings warnings={policy.warnings} />
        </>
      )}
    </div>
  );
}
