import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { Stop } from '../../scripts/command.mjs';
import { inCache, inRoot } from '../../scripts/paths.ts';
import type { Attack } from '../../shared/conformance/attack.ts';
import { ATTACKS } from '../../shared/conformance/attacks/index.ts';
import { DENIED_COMMANDS, SOCKET_ATTACKS } from '../../shared/conformance/attacks/socket.ts';
import { LIST_ATTACKS } from '../../shared/conformance/attacks/socket-list.ts';
import { cleanUp, createLab } from '../../shared/conformance/lab.ts';
import { carryOut } from '../../shared/conformance/suite.ts';
import type { DockerSocketPermissions } from '../../shared/contract/vm.ts';
import { hostConnection, hostSocket } from './engine.ts';
import { hostGrpc } from './grpc.ts';
import { ATTACK_IMAGE, makeAttackImage } from './image.ts';
import { leaveBehind } from './leave-behinds.ts';
import { ownEngine, type OwnEngine } from './own-engine.ts';
import { makeRegistry, type Registry } from './registry.ts';
import { type Measured, pair, reportOf, type Seen, unexpectedIn } from './report.ts';

const PHASES = ['open', 'isolated', 'permitted', 'listed'] as const;
type Phase = (typeof PHASES)[number];

const TITLES: Readonly<Record<Phase, string>> = {
  open: 'isolation off: each attack is to do harm',
  isolated: 'isolation on: each attack is to fail',
  permitted: 'isolation on, and every image may have the Docker socket, but not for every command',
  listed: 'isolation on, and some images may have the Docker socket for some commands',
};

/** Which containers may have the Docker socket in a phase. Undefined: none. */
const permissionsIn = (phase: Phase, registry: Registry): DockerSocketPermissions | undefined => {
  switch (phase) {
    case 'open':
    case 'isolated':
      return undefined;
    case 'permitted':
      return { images: ['*'], allowDerivedImages: false, commandListType: 'deny', commands: DENIED_COMMANDS };
    case 'listed':
      return registry.permissions;
  }
};

/** What is to fail in the phase, or in the first to do harm. */
const attacksOf = (phase: Phase): readonly Attack[] => {
  switch (phase) {
    case 'open':
      return [...ATTACKS, ...SOCKET_ATTACKS, ...LIST_ATTACKS];
    case 'isolated':
      return ATTACKS;
    case 'permitted':
      return SOCKET_ATTACKS;
    case 'listed':
      return LIST_ATTACKS;
  }
};

/** The data disk and what was seen, so that the phases can be runs of their own. */
const FOLDER = inCache('conformance');
const fileOf = (phase: Phase): string => inCache('conformance', `${phase}.json`);

const MEASURED = z.object({
  seconds: z.number(),
  engine: z.string(),
  finishedAt: z.string(),
  seen: z.array(z.object({ id: z.string(), door: z.string(), observation: z.string() })),
});

interface Options {
  /** Only attacks whose number begins so. */
  readonly only: string;
  readonly phases: readonly Phase[];
  /** Only write down what the last runs saw. */
  readonly reportOnly: boolean;
}

const optionsOf = (args: readonly string[]): Options => {
  const { values } = parseArgs({
    args: [...args],
    options: { only: { type: 'string', default: '' }, phase: { type: 'string' }, report: { type: 'boolean' } },
  });
  const phase = PHASES.find((known) => known === values.phase);
  if (values.phase !== undefined && phase === undefined) {
    throw new Stop(`Usage: npm run conformance -- [--only NUMBER] [--phase ${PHASES.join('|')}] [--report]`, 2);
  }
  return {
    only: values.only,
    phases: phase === undefined ? PHASES : [phase],
    reportOnly: values.report === true,
  };
};

/** Carries the attacks out on the engine as it is now, saying each one's end. */
const attackAll = async (
  socket: string,
  attacks: readonly Attack[],
  registry: Registry,
  store: (measured: Measured) => void,
): Promise<void> => {
  const ask = hostSocket(socket);
  // What a run that was broken off left on the disk.
  await cleanUp(ask);
  await makeAttackImage(ask);
  const version = await ask({ method: 'GET', path: '/version' });
  const engine = Buffer.from(version.body).toString();
  const started = Date.now();
  const seen: Seen[] = [];
  try {
    if (attacks.some((attack) => LIST_ATTACKS.includes(attack))) await registry.open(ask);
    await carryOut(
      createLab(ask, ATTACK_IMAGE, { speak: hostConnection(socket), grpc: hostGrpc(socket) }),
      attacks,
      ({ attack: { id }, door, observation, verdict }) => {
        seen.push({ id, door, observation });
        const after = Math.round((Date.now() - started) / 1000);
        // At once, so that a run that is broken off has not been for nothing.
        store({ seen, seconds: after, engine, finishedAt: new Date().toISOString() });
        console.log(
          `${String(after).padStart(4)} s  ${verdict.padEnd(10)} ${id.padEnd(14)} ${door}: ${observation.replaceAll('\n', '⏎').slice(0, 160)}`,
        );
      },
    );
  } finally {
    await cleanUp(ask);
  }
};

const carryOutPhase = async (engine: OwnEngine, phase: Phase, only: string): Promise<void> => {
  const attacks = attacksOf(phase).filter(({ id }) => id.startsWith(only));
  if (attacks.length === 0) return;
  console.log(`\n── ${TITLES[phase]} ──`);
  const registry = await makeRegistry();
  await engine.boot(phase !== 'open', permissionsIn(phase, registry));
  if (phase === 'open') await leaveBehind(hostSocket(engine.socket));
  await attackAll(engine.socket, attacks, registry, (measured) =>
    writeFileSync(fileOf(phase), JSON.stringify(measured)),
  );
};

/** What the phase's last run saw, as far as it came. */
const stored = (phase: Phase): Measured => {
  if (!existsSync(fileOf(phase))) return { seen: [], seconds: 0, engine: '{}', finishedAt: new Date().toISOString() };
  return MEASURED.parse(JSON.parse(readFileSync(fileOf(phase), 'utf8')));
};

/**
 * Carries out every attack on one data disk, first with isolation off, where it is to do harm, then with isolation on,
 * where it is to fail, and writes docs/conformance.md. Containers that may have the Docker socket get two more boots. The
 * phases can be runs of their own, the first with isolation off.
 *
 * @returns the exit code: 0 when every attack ended as it should
 */
export const conformance = async (args: readonly string[]): Promise<number> => {
  const { only, phases, reportOnly } = optionsOf(args);
  if (reportOnly) return conclude(only);
  if (phases.includes('open')) rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  const engine = ownEngine(FOLDER);
  try {
    for (const phase of phases) await carryOutPhase(engine, phase, only);
  } finally {
    await engine.end();
  }
  return phases.includes('open') && phases.length === 1 ? 0 : conclude(only);
};

/** Judges what was seen and, when it is all, writes it down. */
const conclude = (only: string): number => {
  const open = stored('open');
  const isolated = stored('isolated');
  const permitted = stored('permitted');
  const listed = stored('listed');
  const rows = [
    ...pair(ATTACKS, isolated, open),
    ...pair(SOCKET_ATTACKS, permitted, open),
    ...pair(LIST_ATTACKS, listed, open),
  ].filter(({ attack }) => attack.id.startsWith(only));
  if (only === '') writeFileSync(inRoot('docs/conformance.md'), reportOf(rows, { open, isolated, permitted, listed }));
  const unexpected = unexpectedIn(rows);
  for (const line of unexpected) console.log(line);
  console.log(
    unexpected.length === 0
      ? `\n${rows.length} as expected`
      : `\n${unexpected.length} complaints about ${rows.length} rows`,
  );
  return unexpected.length === 0 ? 0 : 1;
};
