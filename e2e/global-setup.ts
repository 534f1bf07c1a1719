import { virtualDisplay } from '../scripts/display.ts';
import { electronRuntime } from '../scripts/electron-runtime.ts';
import { chooseAppUser } from './app-user.ts';
import { buildFakeApp } from './fake-engine/build.ts';
import { publishAppUser } from './launch.ts';

/** Chooses the Electron, the user and the display that every test of this run shares. */
async function globalSetup(): Promise<() => void> {
  const runtime = await electronRuntime();
  await buildFakeApp();
  const user = chooseAppUser(runtime);
  // Playwright asks the npm package `electron` for the executable, and that package asks this variable.
  process.env['ELECTRON_OVERRIDE_DIST_PATH'] = user.dist;
  publishAppUser(user);
  if (process.platform !== 'linux') return () => undefined;
  const display = await virtualDisplay(user);
  Object.assign(process.env, display.env);
  delete process.env['WAYLAND_DISPLAY'];
  return display.stop;
}

export default globalSetup;
