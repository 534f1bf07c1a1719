import { describe, expect, it } from 'vitest';
import { kernelSettings } from './sysctl.ts';

const settings = (sysctl: Readonly<Record<string, string>>) =>
  kernelSettings({ sysctl, hostname: 'h', domainname: undefined });

describe('kernel settings', () => {
  it('of the namespaces are kept', () => {
    const given = {
      'net.core.somaxconn': '1000',
      'kernel.shmmax': '1',
      'fs.mqueue.msg_max': '3',
      'net.ipv4.conf.eth0/1.forwarding': '1',
    };
    expect(settings(given).sysctl).toEqual(given);
  });

  it('allow ping for every group that exists in the user namespace', () => {
    const range = (value: string) =>
      settings({ 'net.ipv4.ping_group_range': value }).sysctl['net.ipv4.ping_group_range'];
    expect(range('0 2147483647')).toBe('0 65535');
    expect(range('1\t0')).toBe('1 0');
  });

  it('for names are set as names', () => {
    expect(settings({ 'kernel.domainname': 'd', 'kernel.hostname': 'n' })).toEqual({
      sysctl: {},
      hostname: 'n',
      domainname: 'd',
    });
  });

  it.each([
    'kernel.core_pattern',
    'vm.swappiness',
    'fs.file-max',
    'net..x',
    'net./../kernel/core_pattern',
    'net',
    'user.max_user_namespaces',
  ])('of the whole VM are refused: %s', (key) => {
    expect(() => settings({ [key]: '1' })).toThrow('a setting of the whole VM');
  });
});
