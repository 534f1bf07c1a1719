import type { ReactNode } from 'react';
import { catalog } from '../../shared/settings/catalog.ts';
import { changeDetail, type ChangeLine } from '../model/change-lines.ts';
import type { Change } from '../model/changes.ts';

const SIGNS: Readonly<Record<ChangeLine['sign'], { readonly sign: string; readonly word: string }>> = {
  added: { sign: '+', word: 'added' },
  removed: { sign: '−', word: 'removed' },
};

function Detail({ change }: { readonly change: Change }): ReactNode {
  const detail = changeDetail(change);
  if (detail.kind === 'value') {
    return (
      <span className="changes__value">
        {detail.from} <span aria-hidden="true">→</span>
        <span className="visually-hidden">becomes</span> <strong>{detail.to}</strong>
      </span>
    );
  }
  return (
    <>
      {detail.remark !== null && <span className="changes__value">{detail.remark}</span>}
      {detail.lines.length > 0 && (
        <ul className="changes__lines">
          {detail.lines.map(({ sign, text }) => (
            <li key={`${sign} ${text}`} className={`changes__line changes__line--${sign}`}>
              <span aria-hidden="true">{SIGNS[sign].sign}</span>
              <span className="visually-hidden">{SIGNS[sign].word}:</span> <code>{text}</code>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** Every change that is about to be applied: values before and after, entries and attributes that come and go. */
export function ChangeList({ changes }: { readonly changes: readonly Change[] }): ReactNode {
  return (
    <ul className="changes">
      {changes.map((change) => (
        <li key={change.key} className="changes__change">
          <span>{catalog[change.key].label}</span>
          <Detail change={change} />
        </li>
      ))}
    </ul>
  );
}
