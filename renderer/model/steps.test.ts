import { describe, expect, test } from 'vitest';
import { progress, SINCE } from '../testing/snapshots.ts';
import { stepAnnouncement, stepLines, stepsToRunning, totalElapsed } from './steps.ts';

const NOW = Date.parse(SINCE) + 7_400;
const brief = (...args: Parameters<typeof stepLines>): readonly string[] =>
  stepLines(...args).map(({ step, status, elapsed }) => `${step} ${status} ${elapsed}`);

describe('stepLines', () => {
  test('shows the steps under way, with time, and what is still to come', () => {
    expect(
      brief(
        ['image', 'boot', 'engine'],
        [progress('image', 'done', 1.25), progress('boot', 'running', null)],
        NOW,
        false,
      ),
    ).toEqual(['image done 1.2 s', 'boot running 7 s', 'engine waiting null']);
  });

  test('keeps the order in which things happened, and a step that was taken twice', () => {
    const lines = stepLines(
      stepsToRunning({ kind: 'running', since: SINCE }),
      [
        progress('image', 'done', 1),
        progress('accelerator', 'done', 1),
        progress('containers', 'done', 1),
        progress('powerOff', 'done', 1),
        progress('boot', 'failed', 1),
        progress('powerOff', 'done', 1),
      ],
      NOW,
      true,
    );
    expect(lines.map(({ step, status }) => `${step} ${status}`)).toEqual([
      'image done',
      'accelerator done',
      'containers done',
      'powerOff done',
      'boot failed',
      'powerOff done',
      'engine notReached',
      'verify notReached',
    ]);
    expect(new Set(lines.map(({ id }) => id)).size).toBe(lines.length);
  });
});

test('a start has no VM to stop', () => {
  expect(stepsToRunning({ kind: 'stopped', since: SINCE })).toEqual([
    'image',
    'accelerator',
    'boot',
    'engine',
    'verify',
  ]);
});

test('the announcement names the step and never its time', () => {
  const lines = stepLines(
    ['image', 'boot'],
    [progress('image', 'done', 1), progress('boot', 'running', null)],
    NOW,
    false,
  );
  expect(stepAnnouncement(lines)).toBe('Step 2 of 2: Boot the VM');
  expect(stepAnnouncement(stepLines(['image'], [], NOW, false))).toBe('');
});

test('the total runs from the first start to the last end', () => {
  expect(totalElapsed([progress('image', 'done', 1), progress('boot', 'done', 41)])).toBe('41 s');
  expect(totalElapsed([progress('image', 'running', null)])).toBeNull();
  expect(totalElapsed([])).toBeNull();
});
