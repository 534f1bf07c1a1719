import type { Attack } from '../attack.ts';
import { DEVICES } from './devices.ts';
import { KERNEL } from './kernel.ts';
import { LOCKED } from './locked.ts';
import { NAMESPACES } from './namespaces.ts';
import { PATHS } from './paths.ts';
import { SURFACE } from './surface.ts';
import { VOLUMES } from './volumes.ts';

/** Every attack, in the order in which they are reported. */
export const ATTACKS: readonly Attack[] = [
  ...NAMESPACES,
  ...PATHS,
  ...VOLUMES,
  ...DEVICES,
  ...KERNEL,
  ...LOCKED,
  ...SURFACE,
];
