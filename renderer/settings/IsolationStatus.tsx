import type { ReactNode } from 'react';
import { formatMoment } from '../model/clock.ts';
import { currentMeasurement, isMismatched } from '../model/engine-summary.ts';
import { uidMapChip } from '../model/uid-map.ts';
import { useSnapshot } from '../state/context.ts';
import { ShieldIcon } from '../ui/icons.tsx';
import { useNow } from '../ui/use-now.ts';

/** What the running VM was measured to do, which is not always what the checkbox asks for. */
export function IsolationStatus(): ReactNode {
  const { engine, restartPending } = useSnapshot();
  const now = useNow(true, 60_000);
  const measured = currentMeasurement(engine);
  if (measured === null) return null;
  return (
    <>
      <p className="note">
        In force:
        <span className={measured.enforced ? 'chip chip--measured' : 'chip'}>
          {measured.enforced && <ShieldIcon />}
          {uidMapChip(measured.uidMap)}
        </span>
        measured {formatMoment(measured.measuredAt, now)} in a probe container
      </p>
      {isMismatched(engine) && (
        <p className={`note ${engine.eci.configured ? 'note--failed' : ''}`}>
          {engine.eci.configured ? 'The running VM does not isolate its containers.' : 'The running VM still isolates.'}
          {restartPending && ' The saved setting is in force once the engine has restarted.'}
        </p>
      )}
    </>
  );
}
