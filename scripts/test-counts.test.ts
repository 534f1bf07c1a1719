import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { playwrightCounts, vitestCounts, ZERO } from './test-counts.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'counts-'));
  file = path.join(folder, 'report.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a stage that left no report counts nothing', () => {
  expect(vitestCounts(file)).toEqual(ZERO);
  expect(playwrightCounts(file)).toEqual(ZERO);
});

test('a test that passed only when repeated has failed', () => {
  writeFileSync(file, JSON.stringify({ stats: { expected: 5, unexpected: 1, flaky: 2, skipped: 3 } }));
  expect(playwrightCounts(file)).toEqual({ passed: 5, failed: 3, skipped: 3 });
});

test('tests that vitest left out are skipped, not passed', () => {
  const report = { numPassedTests: 7, numFailedTests: 1, numPendingTests: 2, numTodoTests: 1 };
  writeFileSync(file, JSON.stringify(report));
  expect(vitestCounts(file)).toEqual({ passed: 7, failed: 1, skipped: 3 });
});

test('a report of another shape is an error, not a zero', () => {
  writeFileSync(file, '{}');
  expect(() => vitestCounts(file)).toThrow('numPassedTests');
  expect(() => playwrightCounts(file)).toThrow('stats');
});
