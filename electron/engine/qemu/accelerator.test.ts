import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../testing/temporary.ts';
import { chooseAccelerator } from './accelerator.ts';

const never = new AbortController().signal;

/** A QEMU that does `script` when it is asked to run a guest. HVF stands for any accelerator: it needs no device. */
const setUp = async (script: string, version = 'QEMU emulator version 10.0') => {
  const directory = await temporaryDirectory();
  const qemu = `${directory}/qemu`;
  const runs = `${directory}/runs`;
  const install = (body: string, named = version) =>
    writeFileSync(
      qemu,
      `#!/bin/sh\nif [ "$1" = --version ]; then echo "${named}"; exit; fi\necho "$@" >>${runs}\n${body}\n`,
      { mode: 0o755 },
    );
  install(script);
  const options = {
    qemu,
    imageId: 'image',
    kernel: '/i/kernel',
    initramfs: '/i/initramfs',
    cache: `${directory}/accelerator.json`,
    platform: 'darwin',
    sandbox: false,
    deadline: 300,
  } as const;
  return { options, install, runs: () => (existsSync(runs) ? readFileSync(runs, 'utf8').trim().split('\n') : []) };
};

const ANSWERS = 'printf "SeaBIOS\\r\\nbulkhead-probe-ok\\r\\n"; exec sleep 100';

describe('the accelerator', () => {
  it('is the hardware when a guest reaches its first line', async () => {
    const { options, runs } = await setUp(ANSWERS);
    const { name, reason } = await chooseAccelerator(options, never);
    expect(name).toBe('hvf');
    expect(reason).toMatch(/^HVF: a guest reached its first line in \d\.\d s$/);
    expect(runs()[0]).toMatch(/-accel hvf .*bulkhead\.probe/);
  });

  it.each([
    ['exec sleep 100', 'TCG: HVF does not work: a guest did not reach its first line within 0.3 s'],
    ['echo "failed to set MSR" >&2; exit 1', 'TCG: HVF does not work: QEMU said: failed to set MSR'],
    ['kill -ABRT $$', 'TCG: HVF does not work: QEMU was ended by SIGABRT'],
    ['exit 0', 'TCG: HVF does not work: QEMU ended with exit code 0'],
  ])('is TCG when the guest does: %s', async (script, reason) => {
    const { options } = await setUp(script);
    expect(await chooseAccelerator(options, never)).toEqual({ name: 'tcg', reason });
  });

  it('is probed once for one QEMU, image and boot of the host', async () => {
    const { options, install, runs } = await setUp(ANSWERS);
    const first = await chooseAccelerator(options, never);
    expect(await chooseAccelerator(options, never)).toEqual(first);
    expect(runs()).toHaveLength(1);
    await chooseAccelerator({ ...options, imageId: 'other' }, never);
    expect(runs()).toHaveLength(2);
    install('exit 1', 'QEMU emulator version 11.0');
    expect(await chooseAccelerator({ ...options, imageId: 'other' }, never)).toMatchObject({ name: 'tcg' });
    writeFileSync(options.cache, 'damaged');
    expect(await chooseAccelerator(options, never)).toMatchObject({ name: 'tcg' });
    expect(runs()).toHaveLength(4);
  });

  it('is TCG where nothing else is known', async () => {
    const { options, runs } = await setUp(ANSWERS);
    const { name, reason } = await chooseAccelerator({ ...options, platform: 'freebsd' }, never);
    expect({ name, reason }).toEqual({ name: 'tcg', reason: 'TCG: no accelerator is known for freebsd' });
    expect(runs()).toHaveLength(0);
  });

  it('is nothing without QEMU', async () => {
    const { options } = await setUp(ANSWERS);
    await expect(chooseAccelerator({ ...options, qemu: '/nowhere/qemu' }, never)).rejects.toThrow(
      'QEMU is not installed: /nowhere/qemu does not exist.',
    );
  });

  it('is not decided, nor remembered, when the probe is given up', async () => {
    const { options } = await setUp('exec sleep 100');
    const given = chooseAccelerator({ ...options, deadline: 10_000 }, AbortSignal.timeout(100));
    await expect(given).rejects.toThrow(/given up|timeout/);
    expect(existsSync(options.cache)).toBe(false);
  });
});
