import { killInVm } from '../e2e/kills/run.ts';
import { Stop } from './command.mjs';
import { main } from './entry.ts';
import { setUp } from './setup.ts';

/** What an emulated VM takes about ten minutes for, with the boots. */
const KILLS = 40;

await main(async () => {
  const kills = Number(process.argv[2] ?? KILLS);
  if (!Number.isInteger(kills) || kills < 1) throw new Stop('Usage: npm run kills -- [KILLS]', 2);
  await setUp();
  return killInVm(kills);
});
