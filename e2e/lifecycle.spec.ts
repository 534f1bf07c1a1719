import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { getuid } from 'node:process';
import { bulkhead, bulkheadJson } from './cli.ts';
import { FAKE_APP } from './fake-engine/build.ts';
import { expect, test } from './fake-engine/test.ts';
import { quietHome } from './homes.ts';
import { appUser } from './launch.ts';

/** Starts the app beside Playwright, as a desktop would, and waits until it ends. */
async function launchAgain(home: string, args: readonly string[] = []): Promise<number | null> {
  const flags = appUser().sandbox ? [] : ['--no-sandbox'];
  const child = spawn(path.join(appUser().dist, 'electron'), [...flags, FAKE_APP, '--disable-gpu', ...args], {
    cwd: home,
    env: { ...process.env, HOME: home, BULKHEAD_HOME: home, BULKHEAD_POLICY_DIR: path.join(home, 'policy') },
    stdio: 'ignore',
  });
  await once(child, 'exit');
  return child.exitCode;
}

test.describe('launching', () => {
  test('starts the engine where the settings ask for it', async ({ launchFake }) => {
    const { home, engine } = await launchFake();
    await expect.poll(async () => (await bulkheadJson(home, ['status'])).output).toMatchObject({ state: 'running' });
    expect(await engine.calls()).toEqual(['recover {"isolation":false}', 'start {"isolation":false}']);
  });

  test('a second launch shows the window of the first and ends', async ({ launchFake }) => {
    const { app, home } = await launchFake({ home: quietHome() });
    const isShown = () => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible() ?? false);
    await expect.poll(isShown).toBe(true);
    await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide());
    expect(await launchAgain(home, ['--no-window'])).toBe(0);
    expect(await isShown()).toBe(false);
    expect(await launchAgain(home)).toBe(0);
    await expect.poll(isShown).toBe(true);
  });

  test('keeps its sockets and its log from others', async ({ launchFake }) => {
    const { home } = await launchFake({ home: quietHome() });
    const mode = (file: string): number => statSync(path.join(home, file)).mode & 0o777;
    await expect.poll(() => existsSync(path.join(home, 'run/control.sock'))).toBe(true);
    expect(mode('run')).toBe(0o700);
    expect(mode('run/control.sock')).toBe(0o600);
    expect(mode('state/app.log')).toBe(0o600);
    expect(readFileSync(path.join(home, 'state/app.log'), 'utf8')).toContain('"event":"launched"');
  });
});

test.describe('closing the window', () => {
  test('quits when no engine is up', async ({ launchFake }) => {
    const { app, page } = await launchFake({ home: quietHome() });
    const ended = app.waitForEvent('close');
    await page.close({ runBeforeUnload: true });
    await ended;
  });

  test('leaves a running engine alone, and the window comes back', async ({ launchFake }) => {
    const { app, page, home, engine } = await launchFake();
    await expect.poll(async () => (await bulkheadJson(home, ['status'])).output).toMatchObject({ state: 'running' });
    await page.close({ runBeforeUnload: true });
    await expect.poll(() => app.windows().length).toBe(0);
    expect(await bulkheadJson(home, ['status'])).toMatchObject({ exitCode: 0, output: { state: 'running' } });
    const opened = app.waitForEvent('window');
    expect(await launchAgain(home)).toBe(0);
    await expect(await opened).toHaveTitle(/Bulkhead/u);
    expect(await engine.calls()).not.toContain('stop');
  });
});

test.describe('quitting', () => {
  test('stops the engine first', async ({ launchFake }) => {
    const { app, home, engine } = await launchFake();
    await expect.poll(async () => (await bulkheadJson(home, ['status'])).output).toMatchObject({ state: 'running' });
    await engine.pauseAt('containers');
    const ended = app.waitForEvent('close');
    const quit = bulkheadJson(home, ['quit']);
    await expect
      .poll(async () => (await bulkheadJson(home, ['status'])).output)
      .toMatchObject({ state: 'stopping', step: 'containers' });
    expect(await bulkheadJson(home, ['restart'])).toMatchObject({ exitCode: 1, output: { error: { code: 'BUSY' } } });
    await engine.resume();
    await ended;
    expect(await quit).toMatchObject({ exitCode: 0, output: { ok: true } });
    expect(existsSync(path.join(home, 'run/control.sock'))).toBe(false);
    expect((await bulkhead(home, ['status'])).exitCode).toBe(3);
  });

  test('does not wait when it is asked twice', async ({ launchFake }) => {
    const { app, home, engine } = await launchFake();
    await expect.poll(async () => (await bulkheadJson(home, ['status'])).output).toMatchObject({ state: 'running' });
    await engine.pauseAt('containers');
    const ended = app.waitForEvent('close');
    const quit = bulkheadJson(home, ['quit']);
    await expect.poll(async () => (await bulkheadJson(home, ['status'])).output).toMatchObject({ state: 'stopping' });
    expect(await bulkheadJson(home, ['quit', '--force'])).toMatchObject({ exitCode: 0 });
    await ended;
    expect(await quit).toMatchObject({ exitCode: 0 });
  });

  test('a signal stops the engine first as well', async ({ launchFake }) => {
    const { app, home, engine } = await launchFake();
    await expect.poll(async () => (await bulkheadJson(home, ['status'])).output).toMatchObject({ state: 'running' });
    await engine.pauseAt('powerOff');
    const ended = app.waitForEvent('close');
    const pid = await app.evaluate(() => process.pid);
    process.kill(pid, 'SIGTERM');
    await expect.poll(async () => (await bulkheadJson(home, ['status'])).output).toMatchObject({ step: 'powerOff' });
    await engine.resume();
    await ended;
  });
});

test.describe('the command', () => {
  test('saves, says that a restart is pending, and applies', async ({ launchFake }) => {
    const { home, engine } = await launchFake();
    await expect.poll(async () => (await bulkheadJson(home, ['status'])).output).toMatchObject({ state: 'running' });
    expect(await bulkheadJson(home, ['settings', 'set', 'enhancedContainerIsolation', 'true'])).toEqual({
      exitCode: 0,
      output: { ok: true, changed: ['enhancedContainerIsolation'], restartPending: true },
    });
    expect(await bulkheadJson(home, ['verify'])).toMatchObject({ exitCode: 1, output: { enforced: false } });
    expect(await bulkheadJson(home, ['apply', '--wait'])).toEqual({
      exitCode: 0,
      output: { ok: true, restarting: true },
    });
    expect(await bulkheadJson(home, ['verify'])).toMatchObject({
      exitCode: 0,
      output: { enforced: true, uidMap: '0 100000 65536', runtime: 'sysbox-runc' },
    });
    expect(await bulkheadJson(home, ['apply'])).toEqual({ exitCode: 0, output: { ok: true, restarting: false } });
    expect((await engine.calls()).filter((call) => call.startsWith('restart'))).toHaveLength(1);
  });

  test('reports what it is asked, for people and for scripts', async ({ launchFake }) => {
    const { home } = await launchFake({ home: quietHome() });
    const { output } = await bulkheadJson(home, ['status']);
    expect(Object.keys(output ?? {})).toEqual(
      expect.arrayContaining(['state', 'since', 'step', 'accelerator', 'eci', 'dockerSocket', 'bootId']),
    );
    const spoken = await bulkhead(home, ['status']);
    expect(spoken.stdout).toContain('off in the settings, not measured');
    expect(await bulkheadJson(home, ['settings', 'get', 'theme'])).toMatchObject({
      exitCode: 0,
      output: { key: 'theme', value: 'system', source: 'default', locked: false },
    });
    expect(await bulkheadJson(home, ['settings', 'list'])).toMatchObject({ output: { theme: { value: 'system' } } });
  });

  test('names what is wrong with a request', async ({ launchFake }) => {
    const { home } = await launchFake({ home: quietHome() });
    const cases = [
      [['settings', 'get', 'colour'], 1, 'UNKNOWN_KEY'],
      [['settings', 'set', 'colour', 'red'], 1, 'UNKNOWN_KEY'],
      [['settings', 'set', 'theme', 'purple'], 1, 'INVALID'],
      [['settings', 'set', '__proto__', '{"locked":false}'], 1, 'INVALID'],
      [['verify'], 1, 'NOT_RUNNING'],
      [['settings', 'drop'], 2, 'USAGE'],
    ] as const;
    for (const [args, exitCode, code] of cases) {
      const run = await bulkheadJson(home, args);
      expect(run, args.join(' ')).toMatchObject({ exitCode, output: { ok: false, error: { code } } });
    }
  });

  test('follows a start and names the step that failed', async ({ launchFake }) => {
    const { home, engine } = await launchFake({ home: quietHome() });
    await engine.failAt('boot', { code: 'ENGINE_FAILED', message: 'The VM did not boot.', remedy: 'See the log.' });
    const failed = await bulkhead(home, ['start', '--headless']);
    expect(failed.exitCode).toBe(1);
    expect(failed.stderr).toContain('Boot the VM: failed');
    expect(failed.stderr).toContain('The VM did not boot. See the log.');
    const started = await bulkhead(home, ['start', '--headless']);
    expect(started).toMatchObject({ exitCode: 0 });
    expect(started.stdout).toContain('running');
    expect(await bulkheadJson(home, ['stop'])).toMatchObject({ exitCode: 0, output: { state: 'stopped' } });
  });

  test('does not talk to an app in a directory of somebody else', async ({ launchFake }) => {
    test.skip(getuid?.() !== 0 || appUser().uid === 0, 'It takes root and another user to try.');
    const { home } = await launchFake({ home: quietHome() });
    await expect.poll(() => existsSync(path.join(home, 'run/control.sock'))).toBe(true);
    const child = spawn(process.execPath, [path.resolve('cli/bulkhead.ts'), 'status'], {
      env: { ...process.env, BULKHEAD_HOME: home },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    await once(child, 'close');
    expect(child.exitCode).toBe(1);
    expect(said).toContain('belongs to user id');
  });
});
