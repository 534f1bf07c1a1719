import { buildApp } from './build.ts';
import { main } from './entry.ts';
import { setUp } from './setup.ts';

await main(async () => {
  await setUp();
  await buildApp();
  const { conformance } = await import('../e2e/conformance/run.ts');
  return conformance(process.argv.slice(2));
});
