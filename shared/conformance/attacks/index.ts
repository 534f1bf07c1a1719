import type { Attack } from '../attack.ts';
import { ARCHIVES } from './archives.ts';
import { BUILDS } from './builds.ts';
import { DEVICES } from './devices.ts';
import { EXHAUSTION } from './exhaustion.ts';
import { KERNEL } from './kernel.ts';
import { LOCKED } from './locked.ts';
import { NAMESPACES } from './namespaces.ts';
import { PATHS } from './paths.ts';
import { REQUESTS } from './requests.ts';
import { RESTARTS } from './restarts.ts';
import { SURFACE } from './surface.ts';
import { VOLUMES } from './volumes.ts';

/** Every attack, in the order in which they are reported. */
export const ATTACKS: readonly Attack[] = [
  ...NAMESPACES,
  ...PATHS,
  ...REQUESTS,
  ...VOLUMES,
  ...DEVICES,
  ...KERNEL,
  ...LOCKED,
  ...SURFACE,
  ...ARCHIVES,
  ...BUILDS,
  ...RESTARTS,
  ...EXHAUSTION,
];
