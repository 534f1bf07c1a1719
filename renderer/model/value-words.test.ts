import { expect, test } from 'vitest';
import { catalog } from '../../shared/settings/catalog.ts';
import { valueWords } from './value-words.ts';

test.each([
  ['enhancedContainerIsolation', true, 'on'],
  ['disableUpdate', true, 'off'],
  ['theme', 'dark', 'Dark'],
  ['memoryMiB', 2048, '2 GB'],
  ['cpus', 4, '4'],
  ['proxyHttp', '', 'none'],
  ['proxyExclude', [], 'none'],
  ['proxyExclude', ['a.example'], 'a.example'],
  ['sharedDirectories', ['$HOME', '/srv'], '2 entries'],
] as const)('%s: %j reads as %s', (key, value, words) => {
  expect(valueWords(catalog[key], value)).toBe(words);
});
