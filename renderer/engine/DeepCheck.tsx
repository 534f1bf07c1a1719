import type { ReactNode } from 'react';
import type { DeepCheck, DeepCheckResult } from '../../shared/contract/deep-check.ts';
import { useActions, useSnapshot, useTask, useWindow } from '../state/context.ts';
import { Button } from '../ui/Button.tsx';
import { CopyButton } from '../ui/CopyButton.tsx';
import { FailureNote } from '../ui/FailureNote.tsx';
import './deep-check.css';

const VERDICTS: Readonly<Record<DeepCheckResult['verdict'], string>> = {
  withstood: 'As expected',
  harmed: 'Did harm',
  unexpected: 'Unexpected',
};

const EXPECTED: Readonly<Record<DeepCheckResult['expected'], string>> = {
  refused: 'Refused',
  neutralised: 'Without harm',
  works: 'Works',
};

function Row({ result }: { readonly result: DeepCheckResult }): ReactNode {
  const { title, door, expected, observation, verdict } = result;
  return (
    <tr className={`deep-check__row--${verdict}`}>
      <td>
        {title} <span className="dim">{door}</span>
      </td>
      <td>{EXPECTED[expected]}</td>
      <td>
        <code>{observation === '' ? '(nothing)' : observation}</code>
      </td>
      <td className="deep-check__verdict">{VERDICTS[verdict]}</td>
    </tr>
  );
}

function headline({ verdict, results, verification }: DeepCheck): string {
  if (verdict === 'isolationOff') return 'Isolation is off, so nothing was tried. Turn it on in Settings > General.';
  if (!verification.enforced) return 'A container was measured not to be isolated.';
  const failed = results.filter((result) => result.verdict !== 'withstood').length;
  return failed === 0
    ? `All ${results.length} attempts ended as they should.`
    : `${failed} of ${results.length} attempts did not end as they should.`;
}

/** Failures first: the rest is read only by who wants the whole list. */
function inOrder(results: readonly DeepCheckResult[]): readonly DeepCheckResult[] {
  const isFailed = ({ verdict }: DeepCheckResult): boolean => verdict !== 'withstood';
  return [...results.filter(isFailed), ...results.filter((result) => !isFailed(result))];
}

function Report({ report }: { readonly report: DeepCheck }): ReactNode {
  return (
    <>
      <output className={`deep-check__headline deep-check__headline--${report.verdict}`}>{headline(report)}</output>
      {report.savedAs !== null && (
        <p className="dim">
          Saved for an auditor: <code>{report.savedAs}</code>{' '}
          <CopyButton text={report.savedAs} what="the report’s path" />
        </p>
      )}
      {report.results.length > 0 && (
        <div className="deep-check__table">
          <table aria-label="What was tried">
            <thead>
              <tr>
                <th scope="col">Tried</th>
                <th scope="col">Expected</th>
                <th scope="col">Happened</th>
                <th scope="col">Verdict</th>
              </tr>
            </thead>
            <tbody>
              {inOrder(report.results).map((result) => (
                <Row key={`${result.id} ${result.door}`} result={result} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}

/** Tries on the user's own engine what containers must not be able to do, and shows what became of each attempt. */
export function DeepCheckSection(): ReactNode {
  const { deepVerify } = useActions();
  const { engine } = useSnapshot();
  const { pending, failure } = useTask('deepVerify');
  const report = useWindow((state) => state.deepCheck);
  const isRunning = engine.state.kind === 'running';
  const progress = engine.deepCheck;
  return (
    <section className="engine__section" aria-labelledby="deep-check-title">
      <div className="engine__head">
        <h2 id="deep-check-title">Deep check</h2>
        <Button pending={pending || progress !== null} disabled={!isRunning} onPress={() => void deepVerify()}>
          Run deep check
        </Button>
      </div>
      {progress !== null ? (
        <output className="dim">
          {progress.done} of {progress.total} attempts made
        </output>
      ) : (
        report === null && (
          <p className="dim">
            Tries what containers must not be able to do, with containers of its own that it removes again. Without
            hardware virtualisation this takes minutes.
          </p>
        )
      )}
      {report !== null && <Report report={report} />}
      <FailureNote failure={failure} />
    </section>
  );
}
