import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const ZERO: Counts = { passed: 0, failed: 0, skipped: 0 };

const VITEST = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
});

const PLAYWRIGHT = z.object({
  stats: z.object({ expected: z.number(), unexpected: z.number(), flaky: z.number(), skipped: z.number() }),
});

/** Reads the report of vitest's JSON reporter. A missing report counts nothing: the stage's exit code tells then. */
export function vitestCounts(file: string): Counts {
  if (!existsSync(file)) return ZERO;
  const report = VITEST.parse(JSON.parse(readFileSync(file, 'utf8')));
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** Reads the report of Playwright's JSON reporter. A test that passed only when repeated has failed. */
export function playwrightCounts(file: string): Counts {
  if (!existsSync(file)) return ZERO;
  const { stats } = PLAYWRIGHT.parse(JSON.parse(readFileSync(file, 'utf8')));
  return { passed: stats.expected, failed: stats.unexpected + stats.flaky, skipped: stats.skipped };
}
