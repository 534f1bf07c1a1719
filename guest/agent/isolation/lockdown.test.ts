import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { brokenSettings, parseSettings } from './lockdown.ts';

const SHIPPED = parseSettings(readFileSync(path.join(import.meta.dirname, '../../image/sysctl.conf'), 'utf8'));

/** A kernel that has these values, by path. */
const kernelWith = (settings: readonly { readonly name: string; readonly value: string }[]) => {
  const files = new Map(
    settings.map(({ name, value }) => [`/proc/sys/${name.replaceAll('.', '/')}`, `${value.replaceAll(' ', '\t')}\n`]),
  );
  return (file: string): string | null => files.get(file) ?? null;
};

describe('the settings of the kernel', () => {
  it('are read from the file that the VM starts with', () => {
    expect(parseSettings('# why\n\nkernel.sysrq=0\nnet.ipv4.tcp_rmem = 1  2\t3\n')).toEqual([
      { name: 'kernel.sysrq', value: '0' },
      { name: 'net.ipv4.tcp_rmem', value: '1 2 3' },
    ]);
    expect(SHIPPED.length).toBeGreaterThan(20);
  });

  it.each([
    ['kernel.unprivileged_bpf_disabled', '2'],
    ['kernel.kexec_load_disabled', '1'],
    ['kernel.io_uring_disabled', '1'],
    ['kernel.yama.ptrace_scope', '1'],
    ['vm.unprivileged_userfaultfd', '0'],
    ['kernel.sysrq', '0'],
  ])('hold %s=%s', (name, value) => {
    expect(SHIPPED).toContainEqual({ name, value });
  });

  it('hold when the kernel says so, however it spaces', () => {
    expect(
      brokenSettings(
        [...SHIPPED, { name: 'a.b', value: '1 2' }],
        kernelWith([...SHIPPED, { name: 'a.b', value: '1 2' }]),
      ),
    ).toEqual([]);
  });

  it('are named when one is another or not there', () => {
    const [first, second, ...rest] = SHIPPED;
    if (first === undefined || second === undefined) throw new Error('there are none');
    expect(brokenSettings(SHIPPED, kernelWith([{ ...first, value: '77' }, ...rest]))).toEqual([
      `${first.name} is 77 instead of ${first.value}`,
      `${second.name} is not there instead of ${second.value}`,
    ]);
  });
});
