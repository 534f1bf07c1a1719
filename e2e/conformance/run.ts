import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { inRoot } from '../../scripts/paths.ts';
import { ATTACKS } from '../../shared/conformance/attacks/index.ts';
import type { Attack } from '../../shared/conformance/attack.ts';
import { cleanUp, createLab } from '../../shared/conformance/lab.ts';
import { carryOut, type Finding } from '../../shared/conformance/suite.ts';
import { hostSocket } from './engine.ts';
import { ATTACK_IMAGE, makeAttackImage } from './image.ts';
import { leaveBehind } from './leave-behinds.ts';
import { ownEngine } from './own-engine.ts';
import { type Measured, pair, reportOf, unexpectedIn } from './report.ts';

interface Options {
  /** Only attacks whose number begins so. */
  readonly only: string;
  /** Without the boot that shows the harm. */
  readonly isolatedOnly: boolean;
}

const optionsOf = (args: readonly string[]): Options => {
  const { values } = parseArgs({
    args: [...args],
    options: { only: { type: 'string', default: '' }, 'isolated-only': { type: 'boolean', default: false } },
  });
  return { only: values.only, isolatedOnly: values['isolated-only'] };
};

/** Carries the attacks out on the engine as it is now, saying each one's end. */
const attackAll = async (socket: string, attacks: readonly Attack[]): Promise<Measured> => {
  const ask = hostSocket(socket);
  await makeAttackImage(ask);
  const started = Date.now();
  const findings: Finding[] = [];
  try {
    await carryOut(createLab(ask, ATTACK_IMAGE), attacks, (finding) => {
      findings.push(finding);
      const first = finding.observation.replaceAll('\n', '⏎').slice(0, 160);
      console.log(`${finding.verdict.padEnd(10)} ${finding.attack.id.padEnd(14)} ${finding.door}: ${first}`);
    });
  } finally {
    await cleanUp(ask);
  }
  const version = await ask({ method: 'GET', path: '/version' });
  return {
    findings,
    seconds: Math.round((Date.now() - started) / 1000),
    engine: Buffer.from(version.body).toString(),
  };
};

/**
 * Carries out every attack on one data disk, first with isolation off, where it is to do harm, then with isolation on,
 * where it is to fail, and writes docs/conformance.md.
 *
 * @returns the exit code: 0 when every attack ended as it should
 */
export const conformance = async (args: readonly string[]): Promise<number> => {
  const { only, isolatedOnly } = optionsOf(args);
  const attacks = ATTACKS.filter(({ id }) => id.startsWith(only));
  const { boot, socket, end } = ownEngine();
  try {
    let open: Measured | null = null;
    if (!isolatedOnly) {
      console.log('\n── isolation off: each attack is to do harm ──');
      await boot(false);
      await leaveBehind(hostSocket(socket));
      open = await attackAll(socket, attacks);
    }
    console.log('\n── isolation on: each attack is to fail ──');
    await boot(true);
    const isolated = await attackAll(socket, attacks);
    const rows = pair(isolated.findings, open?.findings ?? []);
    if (only === '' && open !== null) writeFileSync(inRoot('docs/conformance.md'), reportOf(rows, open, isolated));
    const unexpected = unexpectedIn(rows, open !== null);
    for (const line of unexpected) console.log(line);
    console.log(`\n${rows.length - unexpected.length} as expected, ${unexpected.length} not`);
    return unexpected.length === 0 ? 0 : 1;
  } finally {
    await end();
  }
};
