import type { ReactNode } from 'react';
import { useSnapshot } from '../state/context.ts';
import { PolicyPlace } from './Provenance.tsx';

/** Docker Desktop has a tick here. Bulkhead has nothing that it could switch off, and says so. */
export function Statistics(): ReactNode {
  const { policy } = useSnapshot();
  const key = policy.kind === 'inForce' ? policy.keys.find(({ name }) => name === 'analyticsEnabled') : undefined;
  return (
    <section className="row" aria-labelledby="statistics-label">
      <div className="row__text">
        <h2 className="row__label" id="statistics-label">
          Usage statistics
        </h2>
        <p className="row__description">Bulkhead sends no usage statistics, so there is nothing to switch off.</p>
      </div>
      {key !== undefined && (
        <div className="row__reason">
          <p className="note">
            <span>
              Your administrator set <code>analyticsEnabled</code> to {String(key.value)}
            </span>
            <PolicyPlace policy={key.at} />
          </p>
        </div>
      )}
    </section>
  );
}
