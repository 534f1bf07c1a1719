import type { Attack } from '../attack.ts';
import { ARCHIVES } from './archives.ts';
import { BUILD_PROTOCOL } from './build-protocol.ts';
import { BUILDS } from './builds.ts';
import { DEVICES } from './devices.ts';
import { EXHAUSTION } from './exhaustion.ts';
import { KERNEL } from './kernel.ts';
import { LINKS } from './links.ts';
import { LOCKED } from './locked.ts';
import { NAMESPACES } from './namespaces.ts';
import { PATHS } from './paths.ts';
import { REQUESTS } from './requests.ts';
import { RESTARTS } from './restarts.ts';
import { SURFACE } from './surface.ts';
import { USES_BUILDS } from './uses-builds.ts';
import { USES_CONTAINERS } from './uses-containers.ts';
import { USES_FILES } from './uses-files.ts';
import { USES_INSIDE } from './uses-inside.ts';
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
  ...LINKS,
  ...BUILDS,
  ...BUILD_PROTOCOL,
  ...RESTARTS,
  ...EXHAUSTION,
  ...USES_INSIDE,
  ...USES_FILES,
  ...USES_CONTAINERS,
  ...USES_BUILDS,
];
