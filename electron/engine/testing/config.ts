import { mergeSettings } from '../../../shared/settings/merge.ts';
import { engineConfigOf } from '../../settings/engine-config.ts';
import type { EngineConfig } from '../port.ts';

/** What the built-in settings give, with isolation on or off. */
export const configWith = (isolation: boolean): EngineConfig =>
  engineConfigOf(mergeSettings({}, { enhancedContainerIsolation: isolation }), {
    home: '/home/user',
    temporary: '/tmp',
    cpus: 64,
    memoryMiB: 1_048_576,
    systemProxy: null,
  });
