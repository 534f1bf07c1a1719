import fs from 'node:fs';
import { openUserFile } from '../user-file.ts';

/**
 * A process that saves settings one after the other, to be killed at any moment or to fill a disk. Arguments: the folder
 * and the number to go on from. Save number n sets three values that all say n; its number is written to stdout once it
 * is known to have succeeded, the failure where it has not.
 */
const [directory = '', from = '0', most = 'Infinity'] = process.argv.slice(2);
const file = openUserFile(directory);
for (const notice of file.notices()) fs.writeSync(1, `${notice.message}\n`);

for (let n = Number(from); n < Number(most); n += 1) {
  const proxyExclude = Array.from({ length: n % 300 }, (_, index) => `host-${n}-${index}.example`);
  const saved = file.save({ swapMiB: n, proxyHttp: `http://proxy-${n}:80`, proxyExclude });
  fs.writeSync(1, saved.ok ? `${n}\n` : `${JSON.stringify({ n, ...saved.error })}\n`);
  if (!saved.ok) break;
}
