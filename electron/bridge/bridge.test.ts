import type { IpcMainInvokeEvent, WebContents } from 'electron';
import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { IPC_METHODS, type AppSnapshot } from '../../shared/contract/app.ts';
import { ok } from '../../shared/contract/result.ts';
import type { Application } from '../app/port.ts';
import { pushSnapshots, registerBridge } from './bridge.ts';

const asEvent = (event: unknown): IpcMainInvokeEvent => event as IpcMainInvokeEvent;
const asContents = (contents: unknown): WebContents => contents as WebContents;
const asApplication = (application: unknown): Application => application as Application;

const OWN = asContents({ id: 1 });
const frame = { parent: null, origin: 'app://ui', url: 'app://ui/' };
const trusted = asEvent({ sender: OWN, senderFrame: frame });

function setUp() {
  const channels = new Map<string, (event: IpcMainInvokeEvent, ...args: unknown[]) => unknown>();
  const called = vi.fn<() => unknown>(() => ok(null));
  const application = asApplication({
    snapshot: called,
    subscribe: called,
    applySettings: called,
    resetSettings: called,
    startEngine: called,
    stopEngine: called,
    restartEngine: called,
    cancelOperation: called,
    verify: called,
    deepVerify: called,
    listContainers: called,
    readLog: called,
    dismissNotice: called,
    quitAndRelaunch: called,
    checkForUpdates: called,
    openRelease: called,
    dismissIntroduction: called,
  });
  registerBridge({
    ipc: {
      handle: (channel, listener) => {
        channels.set(channel, listener);
      },
    },
    application,
    isOwnWindow: (contents) => contents === OWN,
    onFault: () => undefined,
  });
  const invoke = (event: IpcMainInvokeEvent, method: string, ...args: unknown[]): unknown =>
    channels.get(`bulkhead:${method}`)?.(event, ...args);
  return { channels, invoke, called };
}

describe('the bridge', () => {
  it('answers exactly the methods of the contract', () => {
    expect([...setUp().channels.keys()]).toEqual(IPC_METHODS.map((method) => `bulkhead:${method}`));
  });

  it.each([
    ['another page of this origin', { sender: asContents({ id: 2 }), senderFrame: frame }],
    ['a frame inside the page', { sender: OWN, senderFrame: { ...frame, parent: frame } }],
    ['another origin', { sender: OWN, senderFrame: { ...frame, origin: 'https://example.org' } }],
    ['an opaque origin', { sender: OWN, senderFrame: { ...frame, origin: 'null' } }],
    ['a frame that is gone', { sender: OWN, senderFrame: null }],
  ])('throws at %s before anything else', (_name, event) => {
    const { invoke, called } = setUp();
    for (const method of IPC_METHODS) expect(() => invoke(asEvent(event), method)).toThrow('unknown sender');
    expect(called).not.toHaveBeenCalled();
  });

  it('hands the patch to the one door as it came', () => {
    const { invoke, called } = setUp();
    const options = { removeContainers: true };
    expect(invoke(trusted, 'applySettings', { anything: 1 }, options)).toEqual(ok(null));
    expect(called).toHaveBeenCalledWith({ anything: 1 }, options);
  });

  it.each([
    ['applySettings', [{}]],
    ['applySettings', [{}, { removeContainers: 'yes' }]],
    ['applySettings', [{}, { removeContainers: true, force: true }]],
    ['applySettings', [[], { removeContainers: true }]],
    ['applySettings', [JSON.parse('{"__proto__":{"x":1}}'), { removeContainers: true }]],
    ['applySettings', [{ theme: 'x'.repeat(70_000) }, { removeContainers: true }]],
    ['applySettings', [new Map(), { removeContainers: true }]],
    ['resetSettings', ['theme']],
    ['resetSettings', [[{ toString: 'theme' }]]],
    ['startEngine', ['now']],
    ['dismissNotice', [7]],
    ['dismissNotice', ['x'.repeat(201)]],
  ])('refuses %s(%j)', (method, args) => {
    const { invoke, called } = setUp();
    expect(invoke(trusted, method, ...(args as unknown[]))).toMatchObject({ ok: false, error: { code: 'INVALID' } });
    expect(called).not.toHaveBeenCalled();
  });

  it('answers any arguments with a result and leaves no trace on prototypes', () => {
    const { invoke } = setUp();
    fc.assert(
      fc.property(
        fc.constantFrom(...IPC_METHODS),
        fc.array(fc.anything({ withNullPrototype: true, withMap: true, withTypedArray: true }), { maxLength: 3 }),
        (method, args) => {
          expect(invoke(trusted, method, ...args)).toHaveProperty('ok');
        },
      ),
    );
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});

describe('pushSnapshots', () => {
  it('sends one snapshot for the changes of one turn, the last one', async () => {
    let change = (): void => undefined;
    let version = '0';
    const sent: unknown[] = [];
    pushSnapshots(
      asApplication({
        subscribe: (listener: () => void) => {
          change = listener;
          return () => undefined;
        },
        snapshot: (): Partial<AppSnapshot> => ({ version }),
      }),
      () => asContents({ isDestroyed: () => false, send: (...message: unknown[]) => sent.push(message) }),
    );
    change();
    version = '1';
    change();
    await expect.poll(() => sent).toEqual([['bulkhead:snapshot', { version: '1' }]]);
    change();
    await expect.poll(() => sent).toHaveLength(2);
  });
});
