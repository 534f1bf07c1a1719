import { conformance } from '../e2e/conformance/run.ts';
import { main } from './entry.ts';
import { setUp } from './setup.ts';

await main(async () => {
  await setUp();
  return conformance(process.argv.slice(2));
});
