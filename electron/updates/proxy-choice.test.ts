import { describe, expect, it } from 'vitest';
import { mergeSettings } from '../../shared/settings/merge.ts';
import { fixedServers, proxyChoice } from './proxy-choice.ts';

const SYSTEM = { http: 'http://p.example:1', https: '', exclude: [] };

describe('the proxy of Bulkhead itself', () => {
  it('is what the settings say, whoever has set them', () => {
    expect(proxyChoice(mergeSettings({}, {}), SYSTEM)).toEqual({ mode: 'system', fallback: SYSTEM });
    expect(proxyChoice(mergeSettings({}, { proxyMode: 'none' }), SYSTEM)).toEqual({ mode: 'none' });
    const at = { path: '/policy', line: 1, column: 1 };
    const policy = {
      proxyMode: { value: 'manual', locked: true, at },
      proxyHttps: { value: 'http://admin.example:3128', locked: true, at },
      proxyExclude: { value: ['*.corp.example', '10.0.0.0/8'], locked: true, at },
    } as const;
    const choice = proxyChoice(mergeSettings(policy, { proxyMode: 'none' }), SYSTEM);
    expect(choice).toEqual({
      mode: 'manual',
      http: '',
      https: 'http://admin.example:3128',
      exclude: ['*.corp.example', '10.0.0.0/8'],
    });
    expect(fixedServers(choice)).toEqual({
      mode: 'fixed_servers',
      proxyRules: 'https=http://admin.example:3128',
      proxyBypassRules: '*.corp.example,10.0.0.0/8',
    });
  });

  it('without a server is none', () => {
    expect(fixedServers({ mode: 'manual', http: '', https: '', exclude: [] })).toEqual({ mode: 'direct' });
    expect(fixedServers({ mode: 'none' })).toEqual({ mode: 'direct' });
    expect(fixedServers({ mode: 'system', fallback: null })).toEqual({ mode: 'system' });
  });
});
