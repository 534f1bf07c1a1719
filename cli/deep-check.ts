import { writeFileSync } from 'node:fs';
import type { DeepCheck, DeepCheckProgress, DeepCheckResult } from '../shared/contract/deep-check.ts';
import { err, ok, type Result } from '../shared/contract/result.ts';

const MARKS: Readonly<Record<DeepCheckResult['verdict'], string>> = {
  withstood: '✓',
  harmed: '✗ DONE HARM',
  unexpected: '? unexpected',
};

const EXPECTED: Readonly<Record<DeepCheckResult['expected'], string>> = {
  refused: 'to be refused',
  neutralised: 'to do no harm',
  works: 'to work',
};

const LONGEST = 150;

const inLine = (text: string): string => {
  const line = text.replaceAll(/\s+/gu, ' ').trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
};

const resultText = ({ id, title, door, expected, observation, verdict }: DeepCheckResult): string =>
  `${MARKS[verdict]} ${id}  ${title}\n    with ${door}, ${EXPECTED[expected]}; ${inLine(observation) || 'it printed nothing'}\n`;

/** The report of a deep check for people: what was tried, what was expected and what happened, then the verdict. */
export function deepCheckText(report: DeepCheck): string {
  const { verdict, results, engine, verification, savedAs } = report;
  if (verdict === 'isolationOff') {
    return 'Isolation is off, so nothing was tried: containers run as root of the VM.\nTurn it on with: bulkhead settings set enhancedContainerIsolation true, then bulkhead apply\n';
  }
  const failed = results.filter((result) => result.verdict !== 'withstood').length;
  const measured = `uid_map ${verification.uidMap}, Docker Engine ${engine.version}, kernel ${engine.kernel}`;
  const summary =
    failed === 0 && verdict === 'withstood'
      ? `All ${results.length} attempts ended as they should.`
      : `${failed} of ${results.length} attempts did not end as they should.`;
  const saved = savedAs === null ? 'The report could not be saved.' : `The report is in ${savedAs}`;
  return `${results.map(resultText).join('')}\n${summary} Measured: ${measured}.\n${saved}\n`;
}

/** Notes every tenth attempt, and each only once. */
export function deepCheckPrinter(note: (line: string) => void): (progress: DeepCheckProgress | null) => void {
  let last = 0;
  return (progress) => {
    if (progress === null || progress.done < last + 10) return;
    last = progress.done;
    note(`${progress.done} of ${progress.total} attempts made…`);
  };
}

/** Writes the report where the user asked for it, as the user. */
export function saveReport(report: DeepCheck, file: string): Result<null> {
  try {
    writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
    return ok(null);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return err({
      code: 'INVALID',
      message: `The report could not be written to ${file}: ${why}.`,
      remedy:
        report.savedAs === null ? 'Name another file.' : `Name another file; the report is also in ${report.savedAs}`,
    });
  }
}
