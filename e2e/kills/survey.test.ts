import { expect, test } from 'vitest';
import { leftOver, parseSurvey, unsound } from './survey.ts';

const EMPTY = parseSurvey('mount /\nmount /run\n');

test('what was there before is not left over, and each thing more is', () => {
  expect(leftOver(EMPTY, parseSurvey('mount /run\nmount /\n'))).toEqual([]);
  const after = parseSurvey(
    'mount /\nmount /run\nmount /run\ndirectory a\nstate b\ncgroup c\nshim d\nruntime 7 crun crun--root /x\nprocess e 0 100000 65536\n',
  );
  expect(leftOver(EMPTY, after)).toEqual([
    'mounts: /run',
    'directories: a',
    'states: b',
    'cgroups: c',
    'shims: d',
    'runtimes: 7 crun crun--root /x',
    'a process of e',
  ]);
});

test('a survey that cannot be read is no empty one', () => {
  expect(() => parseSurvey('mounts /\n')).toThrow('unknown line');
  expect(() => parseSurvey('process a 0 100000\n')).toThrow('unknown line');
});

test.each([
  ['isolated containers', 'process a 0 100000 65536\nprocess a 0 100000 65536\nprocess b 0 165536 65536\n', []],
  [
    'one with the ids of the VM',
    'process a 0 0 4294967295\nprocess b 0 165536 65536\n',
    ['a process of a is not isolated: 0 0 4294967295'],
  ],
  [
    'one whose ids end with another',
    'process a 0 100001 65536\nprocess b 0 165536 65536\n',
    ['a process of a is not isolated: 0 100001 65536'],
  ],
  [
    'two with the same ids',
    'process a 0 100000 65536\nprocess b 0 100000 65536\n',
    ['a and b both have the ids from 100000'],
  ],
  ['one without a process', 'process a 0 100000 65536\n', ['b is said to run and has no process']],
  [
    'one that ought not to run',
    'process a 0 100000 65536\nprocess b 0 165536 65536\nprocess c 0 231072 65536\n',
    ['c is not said to run and has a process'],
  ],
])('%s', (_name, text, expected) => {
  expect(unsound(parseSurvey(text), new Set(['a', 'b']))).toEqual(expected);
});
