import type { Attack } from '../attack.ts';
import { type Batch } from '../batches.ts';
import type { HostConfig, Lab } from '../lab.ts';

/*
 * Ordinary use, which is to work with isolation as it does without: the same observation, whoever looks.
 */

/** A use that talks to the API. */
export const use = (
  id: string,
  title: string,
  door: string,
  expected: RegExp,
  perform: (lab: Lab) => Promise<string>,
): Attack => ({
  id: `use ${id}`,
  title,
  attempt: { kind: 'api', door, perform },
  outcome: 'works',
  expected,
  harm: null,
});

/** A use inside a container of a batch. */
export const inside = (
  id: string,
  title: string,
  batches: readonly Batch[],
  expected: RegExp,
  script: string,
): Attack => ({
  id: `use ${id}`,
  title,
  attempt: { kind: 'script', batches, script },
  outcome: 'works',
  expected,
  harm: null,
});

/** Settings of a container, tried together with the others of the kind. */
export const setting = (
  id: string,
  title: string,
  hostConfig: HostConfig,
  expected: RegExp,
  script: string,
): Attack => ({
  id: `use ${id}`,
  title,
  attempt: { kind: 'config', group: 'uses', door: 'docker run', hostConfig, script },
  outcome: 'works',
  expected,
  harm: null,
});
