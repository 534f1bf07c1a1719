import type { ReactNode } from 'react';
import type { Verification } from '../../shared/contract/engine.ts';
import { formatExactTime } from '../model/clock.ts';
import { parseUidMap } from '../model/uid-map.ts';
import { OpenShieldIcon, ShieldIcon } from './icons.tsx';
import './measurement.css';

function meaning(uidMap: string): string {
  const mapping = parseUidMap(uidMap);
  if (mapping === null || mapping.inside !== 0) return 'as a container’s /proc/self/uid_map said';
  if (mapping.outside === 0) return 'root in a container is root in the VM';
  return `root in a container is uid ${mapping.outside} in the VM, the first of ${mapping.count.toLocaleString('en')} ids`;
}

/** What a probe container said of itself, word for word, and when. */
export function Measurement({ verification }: { readonly verification: Verification }): ReactNode {
  const { enforced, uidMap, runtime, measuredAt } = verification;
  return (
    <section className={`measurement measurement--${enforced ? 'isolated' : 'open'}`} aria-label="Measurement">
      <p className="measurement__map">
        {enforced ? <ShieldIcon /> : <OpenShieldIcon />}
        <span>uid_map</span> <code>{uidMap}</code>
      </p>
      <p>{meaning(uidMap)}</p>
      <p className="dim">
        Read from <code>/proc/self/uid_map</code> of a probe container at{' '}
        <time dateTime={measuredAt}>{formatExactTime(measuredAt)}</time> · runtime <code>{runtime}</code>
      </p>
    </section>
  );
}
