import { mergeSettings } from '../../../shared/settings/merge.ts';
import { engineConfigOf } from '../../settings/engine-config.ts';
import type { EngineConfig } from '../port.ts';

/** What the built-in settings give, with isolation on or off and nothing shared. */
export const configWith = (isolation: boolean): EngineConfig =>
  engineConfigOf(mergeSettings({}, { enhancedContainerIsolation: isolation, sharedDirectories: [] }), {
    home: '/home/user',
    temporary: '/tmp',
    cpus: 64,
    memoryMiB: 1_048_576,
    systemProxy: null,
  });
