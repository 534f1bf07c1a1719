import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PolicyStatus } from '../../shared/contract/settings.ts';
import { recallPolicy } from './policy-memory.ts';

const PATH = '/etc/bulkhead/admin-settings.json';
const OTHER = '/usr/share/docker-desktop/admin-settings.json';
const inForce = (file: string): PolicyStatus => ({ kind: 'inForce', path: file, warnings: [], keys: [] });
const NONE: PolicyStatus = { kind: 'none', searched: [PATH, OTHER] };
const INVALID: PolicyStatus = { kind: 'invalid', path: PATH, problems: [] };

let base: string;
beforeEach(() => {
  base = mkdtempSync(path.join(tmpdir(), 'memory-'));
});
afterEach(() => {
  rmSync(base, { recursive: true, force: true });
});

/** A launch on that day of January; what it says. */
function launch(day: number, status: PolicyStatus) {
  return recallPolicy(path.join(base, 'state'), status, new Date(Date.UTC(2026, 0, day)));
}
const said = (day: number, status: PolicyStatus) =>
  launch(day, status)
    .notices()
    .map(({ message }) => message);

const GONE =
  `The policy at ${PATH} is gone since 2026-01-03T00:00:00.000Z; it was last in force on 2026-01-02T00:00:00.000Z. ` +
  'What it set is yours to change now.';

describe('a policy that was in force', () => {
  it('is missed at every launch without it, with the day of the first one, until that is dismissed', () => {
    expect(said(1, inForce(PATH))).toEqual([]);
    expect(said(2, inForce(PATH))).toEqual([]);
    expect(said(3, NONE)).toEqual([GONE]);
    const memory = launch(4, NONE);
    expect(memory.notices()).toEqual([{ id: 'policy-gone', message: GONE, path: PATH }]);
    memory.forget();
    expect(memory.notices()).toEqual([]);
    expect(said(5, NONE)).toEqual([]);
  });

  it('is not missed once it is back', () => {
    launch(1, inForce(PATH));
    expect(said(2, NONE)).toHaveLength(1);
    expect(said(3, inForce(PATH))).toEqual([]);
    expect(said(4, NONE)[0]).toContain('gone since 2026-01-04');
  });

  it('is missed when another one has taken its place, once', () => {
    launch(1, inForce(PATH));
    expect(said(2, inForce(OTHER))[0]).toMatch(
      /^The policy at \/etc\/.* is gone .* The policy at \/usr\/.* is in force now\.$/u,
    );
    expect(said(3, inForce(OTHER))).toEqual([]);
  });

  it('is not missed while it stands there and is refused, and is remembered through that', () => {
    launch(1, inForce(PATH));
    expect(said(2, INVALID)).toEqual([]);
    expect(said(3, NONE)).toHaveLength(1);
  });
});

describe('the memory', () => {
  it('is empty where no policy ever was', () => {
    expect(said(1, NONE)).toEqual([]);
    expect(said(2, INVALID)).toEqual([]);
    expect(readdirSync(base)).toEqual([]);
  });

  it.each(['', '{', '[]', '{"path":1}', 'null'])('survives a damaged file: %j', (content) => {
    mkdirSync(path.join(base, 'state'));
    writeFileSync(path.join(base, 'state/policy-seen.json'), content);
    expect(said(1, NONE)).toEqual([]);
    launch(2, inForce(PATH));
    expect(said(3, NONE)).toHaveLength(1);
  });

  it('keeps nothing from starting where nothing can be written', () => {
    writeFileSync(path.join(base, 'state'), 'a file where the folder should be');
    expect(said(1, inForce(PATH))).toEqual([]);
    expect(said(2, NONE)).toEqual([]);
  });
});
