import type { ElectronApplication } from '@playwright/test';
import type { ContainerSummary, EngineSnapshot, EngineStep } from '../../shared/contract/engine.ts';
import type { Failure } from '../../shared/contract/result.ts';
import type { EngineConfig } from '../../electron/engine/port.ts';
import { test as base, type LaunchedApp, type LaunchOptions } from '../launch.ts';
import { FAKE_APP } from './build.ts';
import type { FakeEngineControl } from './fake-engine.ts';

export { expect } from '@playwright/test';

declare global {
  /** In the main process of the app with the pretended engine, and only there. */
  var fakeEngine: FakeEngineControl;
}

/** FakeEngineControl from the test's side of the wire. */
export interface FakeEngine {
  readonly calls: () => Promise<readonly string[]>;
  readonly config: () => Promise<EngineConfig | null>;
  readonly pauseAt: (step: EngineStep) => Promise<void>;
  readonly resume: () => Promise<void>;
  readonly failAt: (step: EngineStep, failure: Failure) => Promise<void>;
  readonly setContainers: (containers: readonly ContainerSummary[]) => Promise<void>;
  readonly setLog: (text: string) => Promise<void>;
  readonly show: (parts: Partial<EngineSnapshot>) => Promise<void>;
}

export interface LaunchedFakeApp extends LaunchedApp {
  readonly engine: FakeEngine;
}

/** What a test does to the pretended engine of this app. */
export function fakeEngineOf(app: ElectronApplication): FakeEngine {
  return {
    calls: () => app.evaluate(() => globalThis.fakeEngine.calls()),
    config: () => app.evaluate(() => globalThis.fakeEngine.config()),
    pauseAt: (at) => app.evaluate((_electron, step) => globalThis.fakeEngine.pauseAt(step), at),
    resume: () => app.evaluate(() => globalThis.fakeEngine.resume()),
    failAt: (at, why) =>
      app.evaluate((_electron, { step, failure }) => globalThis.fakeEngine.failAt(step, failure), {
        step: at,
        failure: why,
      }),
    setContainers: (list) =>
      app.evaluate((_electron, containers) => globalThis.fakeEngine.setContainers(containers), list),
    setLog: (log) => app.evaluate((_electron, text) => globalThis.fakeEngine.setLog(text), log),
    show: (some) => app.evaluate((_electron, parts) => globalThis.fakeEngine.show(parts), some),
  };
}

interface Fixtures {
  readonly launchFake: (options?: LaunchOptions) => Promise<LaunchedFakeApp>;
}

/** Tests of the app as it is but for the engine, which only pretends. */
export const test = base.extend<Fixtures>({
  launchFake: async ({ launch }, use) => {
    await use(async (options) => {
      const launched = await launch({ appDir: FAKE_APP, ...options });
      return { ...launched, engine: fakeEngineOf(launched.app) };
    });
  },
});
