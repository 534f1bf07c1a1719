import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { DeepCheck } from '../shared/contract/deep-check.ts';
import { deepCheckPrinter, deepCheckText, saveReport } from './deep-check.ts';

const REPORT: DeepCheck = {
  bulkhead: '1.0.0',
  platform: 'linux',
  settings: {},
  policyPath: null,
  verdict: 'withstood',
  startedAt: '2026-11-22T10:00:00.000Z',
  endedAt: '2026-11-22T10:01:00.000Z',
  engine: { version: '26.1.5', kernel: '6.12' },
  image: 'sha256:0',
  accelerator: null,
  bootId: null,
  verification: { enforced: true, uidMap: '0 100000 65536', runtime: 'sysbox-runc', measuredAt: '' },
  results: [
    {
      id: '1',
      title: 'to see the VM’s processes',
      door: 'docker run',
      expected: 'refused',
      pattern: 'no',
      observation: 'refused:\n  no',
      verdict: 'withstood',
    },
  ],
  savedAs: '/log/deep-check.json',
};

it('says what was tried, expected and seen, and where the report is', () => {
  expect(deepCheckText(REPORT)).toBe(
    '✓ 1  to see the VM’s processes\n    with docker run, to be refused; refused: no\n\n' +
      'All 1 attempts ended as they should. Measured: uid_map 0 100000 65536, Docker Engine 26.1.5, kernel 6.12.\n' +
      'The report is in /log/deep-check.json\n',
  );
});

it('counts what did not end as it should, and never calls that a success', () => {
  const results = REPORT.results.map((result) => ({ ...result, verdict: 'harmed' as const }));
  const text = deepCheckText({ ...REPORT, verdict: 'failed', results });
  expect(text).toContain('✗ DONE HARM 1');
  expect(text).toContain('1 of 1 attempts did not end as they should.');
  expect(deepCheckText({ ...REPORT, verdict: 'failed' })).not.toContain('All');
});

it('says that isolation is off instead of listing failures', () => {
  expect(deepCheckText({ ...REPORT, verdict: 'isolationOff', results: [] })).toMatch(/^Isolation is off, so nothing/u);
});

it('notes how far it has come, now and then', () => {
  const notes: string[] = [];
  const print = deepCheckPrinter((line) => notes.push(line));
  print(null);
  for (let done = 0; done <= 25; done += 1) print({ done, total: 30 });
  expect(notes).toEqual(['10 of 30 attempts made…', '20 of 30 attempts made…']);
});

it('saves the report where it was asked to, or says why not', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'bulkhead-report-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'report.json');
  expect(saveReport(REPORT, file).ok).toBe(true);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(REPORT);
  expect(saveReport(REPORT, path.join(folder, 'no/such/folder'))).toMatchObject({
    ok: false,
    error: { code: 'INVALID', remedy: expect.stringContaining('/log/deep-check.json') as string },
  });
});
