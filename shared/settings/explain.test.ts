import { describe, expect, it } from 'vitest';
import { explainSetting, type Layers } from './explain.ts';
import { policyNames } from './policy/keys.ts';
import { parsePolicy } from './policy/parse.ts';
import type { UserLayer } from './merge.ts';

const PATH = '/etc/bulkhead/admin-settings.json';

const host = { home: '/home/user', temporary: '/tmp', cpus: 8, memoryMiB: 16_384 };

function layers(policy: string, user: UserLayer = {}): Layers {
  const parsed = parsePolicy(PATH, new TextEncoder().encode(policy));
  return parsed.kind === 'valid'
    ? { status: { kind: 'inForce', path: PATH, warnings: [], keys: parsed.keys }, ...parsed, user, host }
    : { status: { kind: 'invalid', path: PATH, problems: parsed.problems }, layer: {}, entries: [], user, host };
}

/** "winner: value of built-in, admin default, user, admin locked". */
function summary(name: string, given: Layers): string {
  const explained = explainSetting(name, given);
  if (!explained.ok) return `${explained.error.code} ${explained.error.message} ${explained.error.remedy}`;
  const values = explained.value.layers.map(({ isSet, value }) => (isSet ? String(value) : '-'));
  return `${explained.value.winner}: ${values.join(' ')}`;
}

describe('explainSetting', () => {
  it.each([
    ['{}', {}, 'default: system - - -'],
    ['{}', { theme: 'dark' }, 'user: system - dark -'],
    ['{"theme":{"value":"light"}}', {}, 'adminDefault: system light - -'],
    ['{"theme":{"value":"light"}}', { theme: 'dark' }, 'user: system light dark -'],
    ['{"theme":{"value":"light","locked":true}}', { theme: 'dark' }, 'adminLocked: system - dark light'],
  ] as const)('gives each layer and the winner for %s and the user %j', (policy, user, expected) => {
    expect(summary('theme', layers(policy, user))).toBe(expected);
  });

  it('names the place in the policy and the reason', () => {
    const given = layers('{\n  "theme": {"value":"light","locked":true}}');
    expect(explainSetting('THEME', given)).toMatchObject({
      ok: true,
      value: {
        name: 'theme',
        state: 'enforced',
        layers: [{}, {}, {}, { source: 'adminLocked', at: { path: PATH, line: 2, column: 3 } }],
        reason: 'The administrator has locked it, so that value counts whatever the user has chosen.',
      },
    });
  });

  it('shows what a policy says about a key that decides nothing', () => {
    const given = layers('{"scout":{"sbomIndexing":true,"locked":true}}');
    expect(summary('scout.sbomIndexing', given)).toBe('null: - - - true');
    expect(explainSetting('scout.sbomIndexing', given)).toMatchObject({ ok: true, value: { state: 'notApplicable' } });
    expect(explainSetting('analyticsEnabled', given)).toMatchObject({
      ok: true,
      value: { state: 'enforced', reason: 'Bulkhead sends no statistics, whatever the value.' },
    });
  });

  it('does not pass off an invalid policy as one that says nothing', () => {
    const explained = explainSetting('theme', layers('{'));
    expect(explained.ok && explained.value.reason).toContain(`${PATH} is not valid`);
  });

  it('refuses what is no single key, and helps', () => {
    expect(summary('theem', layers('{}'))).toMatch(/^UNKNOWN_KEY .*did you mean "theme"\?/u);
    expect(summary('proxy', layers('{}'))).toMatch(/Ask for one of them: proxy\.mode, proxy\.http, /u);
    expect(summary('__proto__', layers('{}'))).toMatch(/^UNKNOWN_KEY /u);
    expect(summary('', layers('{}'))).toMatch(/^UNKNOWN_KEY /u);
  });

  it('knows every key that a policy can hold', () => {
    for (const name of policyNames) expect(explainSetting(name, layers('{}')).ok).toBe(true);
    expect(policyNames).toEqual(expect.arrayContaining(['theme', 'linuxVM.vpnkitCIDR', 'scout.sbomIndexing']));
  });
});
