import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { EngineSnapshot } from '../../shared/contract/engine.ts';
import type { OpenEngine } from './engine.ts';
import { isAlive, kill } from './host.ts';
import { configWith } from './testing/config.ts';
import { fakeVm, type FakeVm } from './testing/fake-vm.ts';

// Each test starts processes.
vi.setConfig({ testTimeout: 60_000 });

const ON = configWith(true);
const OFF = configWith(false);

let vm: FakeVm;
let engine: OpenEngine;

beforeEach(async () => {
  vm = await fakeVm();
  engine = vm.newEngine();
});

/** Resolves with the first snapshot for which `is` holds, the present one included. */
const until = (subject: OpenEngine, is: (snapshot: EngineSnapshot) => boolean): Promise<EngineSnapshot> =>
  new Promise((resolve) => {
    if (is(subject.snapshot())) return resolve(subject.snapshot());
    const leave = subject.subscribe((snapshot) => {
      if (!is(snapshot)) return;
      leave();
      resolve(snapshot);
    });
  });

const stepLines = ({ steps }: EngineSnapshot) => steps.map(({ step, outcome }) => `${step} ${outcome}`);

const ping = async (path: string) => {
  const [response] = (await once(http.get({ socketPath: path, path: '/v1.44/_ping' }), 'response')) as [
    http.IncomingMessage,
  ];
  return { status: response.statusCode, body: await text(response) };
};

describe('a start', () => {
  it('ends with a measured VM whose Docker answers on the host', async () => {
    expect(await engine.recover(ON)).toEqual({ ok: true, value: null });
    expect((await ping(engine.snapshot().dockerSocket)).status).toBe(503);
    expect(await engine.start(ON)).toEqual({ ok: true, value: null });
    const snapshot = engine.snapshot();
    expect(snapshot).toMatchObject({
      state: { kind: 'running' },
      cancellable: false,
      accelerator: { name: 'tcg', reason: 'TCG: no accelerator is known for openbsd' },
      eci: { configured: true, enforced: true },
      verification: { enforced: true, uidMap: '0 100000 65536', runtime: 'sysbox-runc' },
    });
    expect(snapshot.bootId).toMatch(/^boot-\d+$/);
    expect(stepLines(snapshot)).toEqual(['image done', 'accelerator done', 'boot done', 'engine done', 'verify done']);
    expect(await ping(snapshot.dockerSocket)).toEqual({ status: 200, body: 'OK' });
    expect(await engine.start(ON)).toEqual({ ok: true, value: null });
    expect(vm.trace()).toEqual(['boot isolated may format']);
  });

  it('measures as well when isolation is off', async () => {
    expect(await engine.start(OFF)).toMatchObject({ ok: true });
    expect(engine.snapshot()).toMatchObject({
      eci: { configured: false, enforced: false },
      verification: { uidMap: '0 0 4294967295', runtime: 'runc' },
    });
    expect(await engine.start(ON)).toMatchObject({ ok: false, error: { code: 'BUSY' } });
  });

  it('leaves no key behind that is not needed, and what it needs private', async () => {
    await engine.start(ON);
    const run = vm.options.runtimeDirectory;
    expect(existsSync(join(run, 'vm-config.json'))).toBe(false);
    expect(statSync(run).mode & 0o777).toBe(0o700);
    expect(statSync(join(run, 'vm.json')).mode & 0o777).toBe(0o600);
    const { keys } = JSON.parse(readFileSync(join(run, 'vm.json'), 'utf8')) as {
      readonly keys: { readonly docker: string };
    };
    const log = readFileSync(engine.snapshot().logPath, 'utf8');
    expect(log).toContain('QEMU runs as process');
    expect(log).not.toContain(keys.docker);
  });

  it('never ends with a VM that does not isolate although it must', async () => {
    vm.behave({ lax: true });
    expect(await engine.start(ON)).toMatchObject({
      ok: false,
      error: { code: 'VERIFY_FAILED', message: expect.stringContaining('"0 0 4294967295"') as string },
    });
    const snapshot = engine.snapshot();
    expect(snapshot).toMatchObject({ state: { kind: 'failed', reason: { step: 'verify' } }, eci: { enforced: null } });
    expect(await vm.isQemuAlive()).toBe(false);
    expect((await ping(snapshot.dockerSocket)).status).toBe(503);
  });

  it.each([
    ['isolation', { settings: { ...ON.vm, isolation: false } }],
    ['blockDockerLoad', { settings: { ...ON.vm, blockDockerLoad: true } }],
    ['daemonOptions', { settings: { ...ON.vm, daemonOptions: { debug: true } } }],
    ['proxy', { settings: { ...ON.vm, proxy: { http: 'http://other.example:1', https: '', exclude: [] } } }],
    ['cpus', { cpus: ON.cpus + 1 }],
  ])('refuses a VM that has another %s than it was told', async (name, lie) => {
    vm.behave({ lie });
    expect(await engine.start(ON)).toMatchObject({
      ok: false,
      error: { message: `The VM runs with other settings than it should (${name}), so it is not used.` },
    });
    expect(engine.snapshot().state).toMatchObject({ kind: 'failed', reason: { step: 'engine' } });
    expect((await ping(engine.snapshot().dockerSocket)).status).toBe(503);
    expect(await vm.isQemuAlive()).toBe(false);
  });

  it.each([
    [{ cpus: 3 }, 'The VM is to have 3 CPUs, but this computer has 2.'],
    [{ memoryMiB: 4097 }, 'The VM is to have 4097 MiB of memory, but this computer has 4096 MiB.'],
  ])('starts no VM that would have more than the host: %j', async (parts, message) => {
    const small = vm.newEngine({ host: { cpus: 2, memoryMiB: 4096 } });
    await engine.close();
    expect(await small.start({ ...ON, cpus: 2, memoryMiB: 4096, ...parts })).toMatchObject({ error: { message } });
    expect(small.snapshot().state).toMatchObject({ kind: 'failed', reason: { step: 'image' } });
    expect(vm.trace()).toEqual([]);
    expect(await small.start({ ...ON, cpus: 2, memoryMiB: 4096 })).toMatchObject({ ok: true });
    await small.close();
  });

  it('warns of a data disk that is larger than its limit', async () => {
    await engine.start({ ...ON, diskSizeMiB: 32_768 });
    expect(engine.snapshot().warnings).toEqual([]);
    await engine.stop();
    expect(engine.snapshot().warnings).toEqual([]);
    await engine.start({ ...ON, diskSizeMiB: 16_384 });
    expect(engine.snapshot().warnings.map(({ message }) => message)).toEqual([
      expect.stringContaining('The data disk has 32768 MiB') as string,
    ]);
  });

  it.each([
    ['QEMU dies', { die: 'qemu: could not open disk' }, /QEMU said: qemu: could not open disk/, 'boot'],
    [
      'the guest fails',
      { fail: 'the disk is damaged' },
      /The VM could not start: the disk is damaged \(step data\)/,
      'boot',
    ],
    ['Docker Engine fails', { engine: 'failed' } as const, /did not start in the VM: dockerd ended/, 'engine'],
  ])('fails with the reason when %s', async (_, behaviour, message, step) => {
    vm.behave(behaviour);
    const result = await engine.start(ON);
    expect(result).toMatchObject({ ok: false, error: { code: 'ENGINE_FAILED' } });
    expect(result.ok ? '' : result.error.message).toMatch(message);
    expect(engine.snapshot().state).toMatchObject({
      kind: 'failed',
      reason: { step, logPath: engine.snapshot().logPath },
    });
    expect(await vm.isQemuAlive()).toBe(false);
    vm.behave({});
    expect(await engine.start(ON)).toMatchObject({ ok: true });
  });

  it('fails in words without an image, and without QEMU', async () => {
    const noImage = vm.newEngine({ findImage: () => null });
    expect(await noImage.start(ON)).toMatchObject({ error: { message: 'No VM image has been built.' } });
    await noImage.close();
    const noQemu = vm.newEngine({ qemu: '/nowhere/qemu' });
    expect(await noQemu.start(ON)).toMatchObject({
      error: { message: 'QEMU is not installed: /nowhere/qemu does not exist.' },
    });
    expect(noQemu.snapshot().state).toMatchObject({ kind: 'failed', reason: { step: 'accelerator' } });
    await noQemu.close();
  });

  it.each([
    ['boot', { hang: true }, ['quit']],
    ['engine', { engine: 'never' } as const, ['shutdown 1, 0 containers']],
  ])('can be cancelled during %s', async (step, behaviour, asked) => {
    vm.behave(behaviour);
    const starting = engine.start(ON);
    await until(engine, ({ state, steps }) => state.kind === 'starting' && state.step === step && steps.length > 2);
    await until(engine, ({ steps }) => step === 'engine' || steps.at(-1)?.detail === 'The data disk is mounted.');
    expect(engine.snapshot().cancellable).toBe(true);
    expect(await engine.stop()).toMatchObject({ ok: false, error: { code: 'BUSY' } });
    expect(await engine.cancel()).toEqual({ ok: true, value: null });
    expect(await starting).toMatchObject({ ok: false, error: { code: 'CANCELLED' } });
    expect(engine.snapshot().state.kind).toBe('stopped');
    expect(vm.trace().slice(1)).toEqual(asked);
    expect(await vm.isQemuAlive()).toBe(false);
  });

  it('may format the data disk only until it was mounted', async () => {
    await engine.start(ON);
    await engine.stop();
    await engine.start(OFF);
    expect(vm.trace().filter((line) => line.startsWith('boot'))).toEqual(['boot isolated may format', 'boot plain']);
  });
});

describe('a stop', () => {
  it('asks the VM, waits for its end and clears up', async () => {
    await engine.start(ON);
    expect(await engine.stop()).toEqual({ ok: true, value: null });
    expect(engine.snapshot()).toMatchObject({
      state: { kind: 'stopped' },
      verification: null,
      bootId: null,
      eci: { configured: true, enforced: null },
    });
    expect(vm.trace().at(-1)).toBe('shutdown 10, 0 containers');
    expect(existsSync(join(vm.options.runtimeDirectory, 'vm.json'))).toBe(false);
    expect(await ping(engine.snapshot().dockerSocket)).toMatchObject({ status: 503 });
    expect(await engine.stop()).toEqual({ ok: true, value: null });
  });

  it('goes from asking to telling to killing', async () => {
    vm.behave({ deaf: true, stubborn: true });
    const hasty = vm.newEngine({
      deadlineOf: (phase) => (phase.kind === 'stopping' && !phase.forced ? 300 : 30_000),
    });
    await hasty.start(ON);
    const qemu = await vm.qemu();
    const stopping = hasty.stop();
    expect(hasty.snapshot()).toMatchObject({ state: { kind: 'stopping' }, cancellable: false });
    expect(await hasty.cancel()).toMatchObject({ ok: false, error: { code: 'BUSY' } });
    const { state } = await until(hasty, (snapshot) => snapshot.state.kind === 'stopping' && snapshot.state.forced);
    expect(state).toMatchObject({ step: 'powerOff' });
    expect(isAlive(qemu)).toBe(true);
    expect(await stopping).toEqual({ ok: true, value: null });
    expect(vm.trace().slice(1)).toEqual(['shutdown 10, 0 containers', 'quit']);
    expect(isAlive(qemu)).toBe(false);
    await hasty.close();
  });

  it('ends a VM that has stopped answering altogether', async () => {
    const hasty = vm.newEngine({
      deadlineOf: (phase) => (phase.kind === 'stopping' && !phase.forced ? 300 : 30_000),
    });
    await hasty.start(ON);
    const qemu = await vm.qemu();
    process.kill(qemu.pid, 'SIGSTOP');
    expect(await hasty.stop()).toEqual({ ok: true, value: null });
    expect(isAlive(qemu)).toBe(false);
    await hasty.close();
  });
});

describe("the Docker API on the host's loopback", () => {
  const pingPort = async (port: number) => {
    const request = http.get({ host: '127.0.0.1', port, path: '/v1.44/_ping' });
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    return response.statusCode;
  };
  const takenPort = async () => {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const address = server.address();
    return { server, port: typeof address === 'object' && address !== null ? address.port : 0 };
  };
  const freePort = async () => {
    const { server, port } = await takenPort();
    server.close();
    await once(server, 'close');
    return port;
  };

  it('answers as long as the engine runs, when it is asked for', async () => {
    const dockerApiPort = await freePort();
    await engine.close();
    const exposing = vm.newEngine({ dockerApiPort });
    await exposing.start({ ...OFF, exposeDockerApi: true });
    await vi.waitFor(async () => expect(await pingPort(dockerApiPort)).toBe(200), { timeout: 10_000 });
    expect(exposing.snapshot().warnings).toEqual([]);
    await exposing.restart(OFF, { removeContainers: false });
    await expect(pingPort(dockerApiPort)).rejects.toThrow('ECONNREFUSED');
    await exposing.restart({ ...OFF, exposeDockerApi: true }, { removeContainers: false });
    await vi.waitFor(async () => expect(await pingPort(dockerApiPort)).toBe(200), { timeout: 10_000 });
    await exposing.stop();
    await expect(pingPort(dockerApiPort)).rejects.toThrow('ECONNREFUSED');
    await exposing.close();
  });

  it('never answers with isolation, whatever the configuration says', async () => {
    const dockerApiPort = await freePort();
    await engine.close();
    const exposing = vm.newEngine({ dockerApiPort });
    await exposing.start({ ...ON, exposeDockerApi: true });
    await expect(pingPort(dockerApiPort)).rejects.toThrow('ECONNREFUSED');
    await exposing.close();
  });

  it('is a warning where the port is taken', async () => {
    const { port: dockerApiPort } = await takenPort();
    await engine.close();
    const exposing = vm.newEngine({ dockerApiPort });
    await exposing.start({ ...OFF, exposeDockerApi: true });
    const { warnings, state } = await until(exposing, (snapshot) => snapshot.warnings.length > 0);
    expect(state.kind).toBe('running');
    expect(warnings).toEqual([
      {
        message: `The Docker API is not exposed on tcp://localhost:${dockerApiPort}: listen EADDRINUSE: address already in use 127.0.0.1:${dockerApiPort}.`,
        remedy: 'End the program that uses this port, then restart the engine.',
      },
    ]);
    await exposing.close();
  });
});

describe('a restart', () => {
  it('boots a new VM with the new configuration, in the order that is shown', async () => {
    await engine.start(OFF);
    const before = engine.snapshot().bootId;
    expect(await engine.restart(ON, { removeContainers: false })).toEqual({ ok: true, value: null });
    expect(engine.snapshot()).toMatchObject({ state: { kind: 'running' }, eci: { configured: true, enforced: true } });
    expect(engine.snapshot().bootId).not.toBe(before);
    expect(stepLines(engine.snapshot())).toEqual([
      'image done',
      'accelerator done',
      'containers done',
      'powerOff done',
      'boot done',
      'engine done',
      'verify done',
    ]);
  });

  it('removes the containers first when it is told to', async () => {
    vm.behave({ containers: ['web', 'db'] });
    await engine.start(OFF);
    expect(await engine.listContainers()).toMatchObject({ ok: true, value: [{ name: 'web' }, { name: 'db' }] });
    vm.behave({});
    await engine.restart(ON, { removeContainers: true });
    expect(vm.trace()).toContain('shutdown 10, 0 containers');
    expect(engine.snapshot().steps.find(({ step }) => step === 'containers')?.detail).toBe('2 removed');
  });

  it('leaves the VM running when the new one could not be booted and would be no stricter', async () => {
    await engine.start(ON);
    const { bootId } = engine.snapshot();
    writeFileSync(join(vm.options.findImage() ?? '', 'system'), 'damaged');
    expect(await engine.restart(OFF, { removeContainers: true })).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining('damaged') as string },
    });
    expect(engine.snapshot()).toMatchObject({ state: { kind: 'running' }, bootId, eci: { enforced: true } });
    expect((await ping(engine.snapshot().dockerSocket)).status).toBe(200);
  });

  it('stops the VM when a stricter one could not be booted', async () => {
    await engine.start(OFF);
    writeFileSync(join(vm.options.findImage() ?? '', 'system'), 'damaged');
    expect(await engine.restart(ON, { removeContainers: false })).toMatchObject({ ok: false });
    expect(engine.snapshot().state).toMatchObject({ kind: 'failed', reason: { step: 'image' } });
    expect(await vm.isQemuAlive()).toBe(false);
  });
});

describe('a QEMU that is killed', () => {
  it('is noticed at once, shown, and can be started again', async () => {
    await engine.start(ON);
    kill(await vm.qemu());
    const { state } = await until(engine, (snapshot) => snapshot.state.kind === 'failed');
    expect(state).toMatchObject({ reason: { failure: { message: 'The VM ended unexpectedly: signal SIGKILL.' } } });
    expect(engine.snapshot()).toMatchObject({ verification: null, bootId: null, eci: { enforced: null } });
    expect((await ping(engine.snapshot().dockerSocket)).status).toBe(503);
    expect(await engine.verify()).toMatchObject({ ok: false, error: { code: 'NOT_RUNNING' } });
    expect(await engine.start(ON)).toMatchObject({ ok: true });
  });
});

describe('a later run of the app', () => {
  it('adopts the VM that it would start, after measuring it', async () => {
    await engine.start(ON);
    const { bootId } = engine.snapshot();
    await engine.close();
    const second = vm.newEngine();
    expect(await second.recover(ON)).toEqual({ ok: true, value: null });
    expect(second.snapshot()).toMatchObject({ state: { kind: 'running' }, bootId, eci: { enforced: true } });
    expect(second.snapshot().accelerator).toMatchObject({ name: 'tcg' });
    expect((await ping(second.snapshot().dockerSocket)).status).toBe(200);
    kill(await vm.qemu());
    await until(second, ({ state }) => state.kind === 'failed');
    await second.close();
  });

  it.each([
    ['with another configuration', OFF],
    ['without a valid policy', null],
  ])('stops a VM %s', async (_, config) => {
    await engine.start(ON);
    const qemu = await vm.qemu();
    await engine.close();
    const second = vm.newEngine();
    expect(await second.recover(config)).toEqual({ ok: true, value: null });
    expect(second.snapshot().state.kind).toBe('stopped');
    expect(isAlive(qemu)).toBe(false);
    expect(vm.trace().at(-1)).toBe('shutdown 10, 0 containers');
    await second.close();
  });

  it.each([
    ['what is wanted', {}],
    ['isolating, too', { config: ON }],
  ])('never adopts a VM without isolation for a record that was edited to call it %s', async (_, forged) => {
    const file = join(vm.options.runtimeDirectory, 'vm.json');
    const record = () => JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, unknown>>;
    await engine.start(ON);
    const { digest } = record();
    await engine.stop();
    await engine.start(OFF);
    const qemu = await vm.qemu();
    await engine.close();
    writeFileSync(file, JSON.stringify({ ...record(), ...forged, digest }));
    const second = vm.newEngine();
    await second.recover(ON);
    expect(second.snapshot().state.kind).not.toBe('running');
    expect(isAlive(qemu)).toBe(false);
    await second.close();
  });

  it.each([
    ['processors', { cpus: ON.cpus + 6 }, {}],
    ['settings in the VM', { vm: { ...ON.vm, blockDockerLoad: true } }, { blockDockerLoad: true }],
  ])('never adopts a VM with other %s for a record that was edited to say so', async (_, other, inVm) => {
    const file = join(vm.options.runtimeDirectory, 'vm.json');
    const record = () => JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, unknown>>;
    const wanted = { ...ON, ...other, vm: { ...ON.vm, ...inVm } };
    const generous = { host: { cpus: 64, memoryMiB: 65_536 } };
    await engine.close();
    const first = vm.newEngine(generous);
    await first.start(wanted);
    const { digest } = record();
    await first.stop();
    await first.start(ON);
    const qemu = await vm.qemu();
    await first.close();
    writeFileSync(file, JSON.stringify({ ...record(), config: wanted, digest }));
    const second = vm.newEngine(generous);
    expect(await second.recover(wanted)).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining('The VM runs with other settings than it should') as string },
    });
    expect(second.snapshot().state.kind).toBe('failed');
    expect((await ping(second.snapshot().dockerSocket)).status).toBe(503);
    expect(isAlive(qemu)).toBe(false);
    await second.close();
  });

  it('helps a VM to its end that an earlier run had told to power off', async () => {
    vm.behave({ deaf: true });
    const hasty = vm.newEngine({ deadlineOf: () => 60_000 });
    await hasty.start(ON);
    void hasty.stop();
    await vi.waitUntil(() => vm.trace().length === 2, { timeout: 10_000 });
    await hasty.close();
    const second = vm.newEngine({ deadlineOf: (phase) => (phase.kind === 'stopping' && !phase.forced ? 300 : 30_000) });
    expect(await second.recover(ON)).toEqual({ ok: true, value: null });
    expect(second.snapshot().state.kind).toBe('stopped');
    expect(await vm.isQemuAlive()).toBe(false);
    await second.close();
  });

  it('stops a VM that is not of the present image', async () => {
    await engine.start(ON);
    await engine.close();
    vm.behave({});
    const second = vm.newEngine();
    await second.recover(ON);
    expect(second.snapshot().state.kind).toBe('stopped');
    await second.close();
  });

  it('quits a VM whose process was never written down', async () => {
    await engine.start(ON);
    const qemu = await vm.qemu();
    await engine.close();
    rmSync(join(vm.options.runtimeDirectory, 'vm.json'));
    const second = vm.newEngine();
    expect(await second.recover(ON)).toEqual({ ok: true, value: null });
    expect(vm.trace().at(-1)).toBe('quit');
    expect(isAlive(qemu)).toBe(false);
    await second.close();
  });

  it('does not touch what another app uses', async () => {
    await engine.start(ON);
    const second = vm.newEngine();
    expect(await second.recover(ON)).toMatchObject({ ok: false, error: { code: 'BUSY' } });
    expect(await second.start(ON)).toMatchObject({ ok: false, error: { code: 'BUSY' } });
    expect(second.snapshot().state).toMatchObject({ kind: 'failed', reason: { step: 'image' } });
    expect((await ping(engine.snapshot().dockerSocket)).status).toBe(200);
    await second.close();
  });
});

describe('a verification', () => {
  it('is a new measurement each time', async () => {
    await engine.start(ON);
    const first = engine.snapshot().verification;
    const result = await engine.verify();
    expect(result).toMatchObject({ ok: true, value: { enforced: true, uidMap: '0 100000 65536' } });
    expect(engine.snapshot().verification).not.toBe(first);
  });

  it('is shared by those who ask at the same time', async () => {
    await engine.start(ON);
    const [first, second] = await Promise.all([engine.verify(), engine.verify()]);
    expect(first).toMatchObject({ ok: true });
    expect(second).toBe(first);
  });

  it('stops a VM that no longer isolates', async () => {
    vm.behave({ decay: true });
    await engine.start(ON);
    expect(await engine.verify()).toMatchObject({ ok: true, value: { enforced: false } });
    const { state } = await until(engine, (snapshot) => snapshot.state.kind === 'failed');
    expect(state).toMatchObject({ reason: { failure: { code: 'VERIFY_FAILED' } } });
    expect(await vm.isQemuAlive()).toBe(false);
  });

  it('is refused while nothing runs', async () => {
    expect(await engine.verify()).toMatchObject({ ok: false, error: { code: 'NOT_RUNNING' } });
    expect(await engine.listContainers()).toMatchObject({ ok: false, error: { code: 'NOT_RUNNING' } });
  });
});

it('shows the end of its log', async () => {
  await engine.start(ON);
  const result = await engine.readLog();
  expect(result).toMatchObject({ ok: true, value: { path: engine.snapshot().logPath } });
  expect(result.ok ? result.value.text : '').toMatch(/starting -> running \(done\)\n$/);
});
