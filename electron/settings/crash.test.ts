import { atEachStep, type Step } from './testing/faulty-fs.ts';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { UserLayer } from '../../shared/settings/merge.ts';
import { openUserFile } from './user-file.ts';

// The package "electron" wants to download Electron when it is loaded outside of it, unless told where that is.
vi.hoisted(() => {
  process.env['ELECTRON_OVERRIDE_DIST_PATH'] = '/nowhere';
});

/** Each step is tried by itself, with a launch after it. */
const TIMEOUT_MS = 120_000;
const OLD: UserLayer = { theme: 'dark', cpus: 4, proxyExclude: ['one.example', 'two.example'] };
const NEW: UserLayer = { theme: 'light', cpus: 3, swapMiB: 0, proxyExclude: ['three.example'] };

let base: string;
let home: string;

beforeEach(() => {
  base = mkdtempSync(path.join(realpathSync(tmpdir()), 'crash-'));
  home = path.join(base, 'home');
});
afterEach(() => {
  rmSync(base, { recursive: true, force: true });
});

const nameOf = ({ call, phase }: Step): string => `${phase} ${call}`;

/**
 * What a kill at each step of `work` leaves on the disk, as a copy of the folder: a process that is killed leaves
 * exactly what its system calls have done so far.
 */
function killedAtEachStep(work: () => void): readonly { readonly step: string; readonly left: string }[] {
  const crashes: { readonly step: string; readonly left: string }[] = [];
  atEachStep((step) => {
    const left = path.join(base, String(crashes.length));
    if (existsSync(home)) cpSync(home, left, { recursive: true });
    crashes.push({ step: nameOf(step), left });
    return undefined;
  }, work);
  return crashes;
}

const textIn = (directory: string): string | null =>
  existsSync(path.join(directory, 'settings.json'))
    ? readFileSync(path.join(directory, 'settings.json'), 'utf8')
    : null;

function save(values: UserLayer): string {
  const saved = openUserFile(home).save(values);
  if (!saved.ok) throw new Error(saved.error.message);
  return textIn(home) ?? '';
}

describe('a kill at each step of a save', { timeout: TIMEOUT_MS }, () => {
  it('leaves the old values or the new ones, and the next launch neither trips nor complains', () => {
    const before = save(OLD);
    const opened = openUserFile(home);
    const crashes = killedAtEachStep(() => opened.save(NEW));
    const after = textIn(home);
    expect(crashes.map(({ step }) => step)).toEqual(
      expect.arrayContaining(['halfway writeSync', 'before fsyncSync', 'before renameSync', 'after renameSync']),
    );
    for (const { step, left } of crashes) {
      const text = textIn(left);
      const next = openUserFile(left);
      const values = next.values();
      const seen = {
        step,
        isWhole: [before, after].includes(text),
        isKnown: [OLD, NEW].some((known) => isDeepStrictEqual(known, values)),
        notices: next.notices(),
        files: readdirSync(left),
        saved: next.save({ cpus: 2 }).ok,
        kept: openUserFile(left).values(),
      };
      const kept = { ...values, cpus: 2 };
      expect(seen).toEqual({
        step,
        isWhole: true,
        isKnown: true,
        notices: [],
        files: ['settings.json'],
        saved: true,
        kept,
      });
    }
    expect(new Set(crashes.map(({ left }) => openUserFile(left).values().theme))).toEqual(new Set(['dark', 'light']));
  });

  it('leaves no file or the first one', () => {
    const crashes = killedAtEachStep(() => {
      openUserFile(home).save(NEW);
    });
    const after = textIn(home);
    for (const { step, left } of crashes) {
      const isWhole = [null, after].includes(textIn(left));
      const isKnown = [{}, NEW].some((known) => isDeepStrictEqual(known, openUserFile(left).values()));
      expect({ step, isWhole, isKnown }).toEqual({ step, isWhole: true, isKnown: true });
    }
  });

  it('syncs the content before it takes the place of the old one, and the folder afterwards', () => {
    save(OLD);
    const opened = openUserFile(home);
    const steps: string[] = [];
    atEachStep(
      (step) => {
        if (step.phase === 'after') steps.push(step.call === 'renameSync' ? `rename ${String(step.first)}` : step.call);
        return undefined;
      },
      () => opened.save(NEW),
    );
    const placed = steps.indexOf(`rename ${path.join(home, 'settings.json.new')}`);
    expect(placed).toBeGreaterThan(steps.indexOf('fsyncSync'));
    expect(steps.indexOf('fsyncSync')).toBeGreaterThan(steps.indexOf('writeSync'));
    expect(steps.lastIndexOf('fsyncSync')).toBeGreaterThan(placed);
    expect(steps.slice(0, placed)).toContain('readFileSync');
  });
});

describe('a kill at each step of setting a bad file aside', { timeout: TIMEOUT_MS }, () => {
  it('keeps what was in it', () => {
    save(OLD);
    const bad = '{"theme": "dark",';
    writeFileSync(path.join(home, 'settings.json'), bad);
    const crashes = killedAtEachStep(() => openUserFile(home));
    expect(crashes.length).toBeGreaterThan(10);
    for (const { step, left } of crashes) {
      const contents = readdirSync(left).map((name) => readFileSync(path.join(left, name), 'utf8'));
      const saved = openUserFile(left).save(NEW).ok;
      expect({ step, contents, saved, values: openUserFile(left).values() }).toEqual({
        step,
        contents: expect.arrayContaining([bad]) as unknown,
        saved: true,
        values: NEW,
      });
    }
  });
});

describe('an error at each step of a save', { timeout: TIMEOUT_MS }, () => {
  it.each(['ENOSPC', 'EIO'])('%s leaves the file as it was, or saved, and says which', (code) => {
    const before = save(OLD);
    const steps: string[] = [];
    atEachStep(
      (step) => {
        steps.push(nameOf(step));
        return undefined;
      },
      () => openUserFile(home).save(NEW),
    );
    const after = textIn(home);
    let failed = 0;
    for (const at of steps.keys()) {
      save({ swapMiB: 1024 });
      writeFileSync(path.join(home, 'settings.json'), before);
      const opened = openUserFile(home);
      let count = 0;
      const result = atEachStep(
        (step) => {
          count += 1;
          if (count === at && step.phase !== 'after') throw Object.assign(new Error(code), { code });
          return undefined;
        },
        () => opened.save(NEW),
      );
      failed += result.ok ? 0 : 1;
      const step = `${at}: ${steps[at - 1] ?? ''}`;
      const seen = {
        step,
        text: textIn(home),
        values: opened.values(),
        next: openUserFile(home).values(),
        files: readdirSync(home),
        code: result.ok ? null : result.error.code,
      };
      expect(seen).toEqual(
        result.ok
          ? { step, text: after, values: NEW, next: NEW, files: ['settings.json'], code: null }
          : { step, text: before, values: OLD, next: OLD, files: ['settings.json'], code: 'SETTINGS_FILE' },
      );
    }
    expect(failed).toBeGreaterThan(3);
  });
});

describe('a disk that takes only a part of a write, without an error', () => {
  it('leaves the file as it was, at every moment', () => {
    const before = save(OLD);
    const opened = openUserFile(home);
    let asked = 0;
    const result = atEachStep(
      ({ phase }) => {
        expect(textIn(home)).toBe(before);
        if (phase !== 'halfway') return undefined;
        asked += 1;
        return 'short';
      },
      () => opened.save(NEW),
    );
    expect(asked).toBe(1);
    expect(result).toMatchObject({ ok: false, error: { code: 'SETTINGS_FILE' } });
    expect(opened.values()).toEqual(OLD);
    expect(textIn(home)).toBe(before);
    expect(readdirSync(home)).toEqual(['settings.json']);
  });
});
