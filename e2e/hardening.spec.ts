import { IPC_METHODS } from '../shared/contract/app.ts';
import { PAGE_HEADERS } from '../electron/shell/page.ts';
import { expect, test } from './fake-engine/test.ts';
import { quietHome } from './homes.ts';

test('every window has the strict preferences', async ({ launchFake }) => {
  const { app } = await launchFake();
  const all = await app.evaluate(({ BrowserWindow }) =>
    // Electron's own types leave this method out; it returns what the window was really made with.
    BrowserWindow.getAllWindows().map(({ webContents }) => {
      const { getLastWebPreferences } = webContents as unknown as { getLastWebPreferences: () => object };
      return Object.fromEntries(Object.entries(getLastWebPreferences.call(webContents)));
    }),
  );
  expect(all).toHaveLength(1);
  for (const preferences of all) {
    expect(preferences).toMatchObject({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
    });
    // Electron 33 leaves these out when they are off.
    expect([undefined, false]).toContain(preferences['nodeIntegrationInWorker']);
    expect([undefined, false]).toContain(preferences['navigateOnDragDrop']);
  }
});

test('every response carries the policy, and the page cannot loosen it', async ({ launchFake }) => {
  const { page } = await launchFake();
  for (const path of ['/', '/absent.js', '/../../package.json', '/settings.json']) {
    const response = await page.evaluate(async (url) => {
      const { status, headers } = await fetch(url);
      return { status, headers: Object.fromEntries(headers.entries()) };
    }, path);
    expect(response.status, path).toBe(path === '/' ? 200 : 404);
    expect(response.headers, path).toMatchObject(PAGE_HEADERS);
  }
  expect(PAGE_HEADERS['content-security-policy']).not.toMatch(/unsafe-|https?:|\*/u);
});

test('no string becomes markup or script', async ({ launchFake }) => {
  const { page } = await launchFake();
  const results = await page.evaluate(() => {
    const attempt = (work: () => unknown): string => {
      try {
        work();
        return 'allowed';
      } catch (cause) {
        return cause instanceof Error ? cause.name : 'refused';
      }
    };
    return {
      markup: attempt(() => {
        document.body.innerHTML = '<p>text</p>';
      }),
      inlineScript: attempt(() => {
        const script = document.createElement('script');
        script.textContent = 'window.wasRun = true';
        document.body.append(script);
      }),
      inlineHandler: attempt(() => {
        document.body.setAttribute('onclick', 'window.wasRun = true');
        document.body.click();
      }),
      foreignScript: attempt(() => {
        const script = document.createElement('script');
        script.src = 'data:text/javascript,window.wasRun=true';
        document.body.append(script);
      }),
    };
  });
  expect(results).toEqual({
    markup: 'TypeError',
    inlineScript: 'TypeError',
    inlineHandler: 'TypeError',
    foreignScript: 'TypeError',
  });
  expect(await page.evaluate(() => 'wasRun' in window)).toBe(false);
});

test('the page gets the named functions and nothing else', async ({ launchFake }) => {
  const { page } = await launchFake();
  const names = await page.evaluate(() => Object.keys((window as unknown as { bulkhead: object }).bulkhead));
  expect(names.toSorted()).toEqual([...IPC_METHODS, 'onSnapshot'].toSorted());
  const globals = await page.evaluate(() =>
    ['require', 'process', 'module', 'Buffer', 'global', 'ipcRenderer', 'electron'].filter((name) => name in window),
  );
  expect(globals).toEqual([]);
});

test('the page cannot reach the network or a file', async ({ launchFake }) => {
  const { page } = await launchFake();
  for (const url of ['https://example.org/', 'http://127.0.0.1:9/', 'file:///etc/passwd', 'ws://127.0.0.1:9/']) {
    const outcome = await page.evaluate(async (target) => {
      try {
        await fetch(target);
        return 'reached';
      } catch {
        return 'refused';
      }
    }, url);
    expect(outcome, url).toBe('refused');
  }
});

test('main lets no request leave, whoever asks', async ({ launchFake }) => {
  const { app } = await launchFake();
  const outcomes = await app.evaluate(async ({ session }) => {
    const sessions = [session.defaultSession, session.fromPartition('another')];
    return Promise.all(
      sessions.map(async (one) => {
        try {
          await one.fetch('http://127.0.0.1:9/');
          return 'reached';
        } catch (cause) {
          return cause instanceof Error ? cause.message : 'refused';
        }
      }),
    );
  });
  for (const outcome of outcomes) expect(outcome).toContain('ERR_BLOCKED_BY_CLIENT');
});

test('the page stays where it is and opens nothing', async ({ launchFake }) => {
  const { app, page } = await launchFake();
  const before = page.url();
  expect(await page.evaluate(() => window.open('https://example.org/') === null)).toBe(true);
  expect(await page.evaluate(() => window.open('app://ui/') === null)).toBe(true);
  await page.evaluate(() => {
    window.location.href = 'https://example.org/';
  });
  await page.evaluate(() => {
    window.location.href = 'app://ui/absent.html';
  });
  await page.evaluate(() => {
    const frame = document.createElement('iframe');
    frame.src = 'https://example.org/';
    const link = document.createElement('a');
    link.href = 'https://example.org/';
    link.target = '_blank';
    document.body.append(frame, link);
    link.click();
  });
  // The engine answers only after what the page did before has gone through main.
  await page.evaluate(() => (window as unknown as { bulkhead: { getSnapshot: () => unknown } }).bulkhead.getSnapshot());
  expect(page.url()).toBe(before);
  expect(app.windows()).toHaveLength(1);
});

test('no permission is granted', async ({ launchFake }) => {
  const { page } = await launchFake();
  const states = await page.evaluate(async () => {
    const names = ['geolocation', 'notifications', 'camera', 'microphone', 'clipboard-read'];
    const found = await Promise.all(
      names.map((name) => navigator.permissions.query({ name: name as PermissionName }).catch(() => null)),
    );
    return found.map((status) => status?.state ?? 'denied');
  });
  expect(new Set(states)).toEqual(new Set(['denied']));
});

test('a message from a page that is not the window is refused', async ({ launchFake }) => {
  const { app } = await launchFake();
  const answer = await app.evaluate(async ({ BrowserWindow, session }, preload) => {
    const own = BrowserWindow.getAllWindows()[0];
    if (own === undefined) throw new Error('There is no window.');
    // The same page, the same preload, the same session, but not a window that the app made.
    const stranger = new BrowserWindow({
      show: false,
      webPreferences: { preload, sandbox: true, contextIsolation: true, session: own.webContents.session },
    });
    await stranger.loadURL('app://ui/');
    const asked: unknown = await stranger.webContents.executeJavaScript(
      'window.bulkhead.getSnapshot().then(() => "answered", (error) => error.message)',
    );
    stranger.destroy();
    return { asked, session: session.defaultSession === own.webContents.session };
  }, process.cwd() + '/.vite/build/preload.cjs');
  expect(answer.asked).toContain('unknown sender');
  expect(answer.session).toBe(false);
});

test('the hook of the pretended engine exists in tests only', async ({ launchFake, launch }) => {
  const fake = await launchFake();
  expect(await fake.app.evaluate(() => 'fakeEngine' in globalThis)).toBe(true);
  const real = await launch({ home: quietHome() });
  expect(await real.app.evaluate(() => 'fakeEngine' in globalThis)).toBe(false);
});
