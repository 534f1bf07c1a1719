import { readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openEngineLog } from './engine-log.ts';
import { temporaryDirectory } from './testing/temporary.ts';

const NOW = '2026-01-02T03:04:05.678Z';
const open = async (content = '') => {
  const path = `${await temporaryDirectory()}/engine.log`;
  if (content !== '') writeFileSync(path, content, { mode: 0o644 });
  return openEngineLog(path, () => NOW);
};

describe('the engine log', () => {
  it('is private and grows at its end', async () => {
    const log = await open('earlier\n');
    log.write('one');
    writeSync(log.file, 'qemu: two\n');
    log.write('three');
    expect(readFileSync(log.path, 'utf8')).toBe(`earlier\n${NOW} one\nqemu: two\n${NOW} three\n`);
    expect(statSync(log.path).mode & 0o777).toBe(0o600);
    log.close();
  });

  it('shows its end in whole lines', async () => {
    const log = await open('first line\nsecond line\n');
    expect(log.tail(1000)).toBe('first line\nsecond line\n');
    expect(log.tail(14)).toBe('second line\n');
    log.close();
  });

  it("tells QEMU's words from the app's", async () => {
    const log = await open('old\n');
    const said = log.mark();
    log.write('starting QEMU');
    writeSync(log.file, 'qemu: could not\nqemu: open it\n');
    log.write('QEMU ended');
    expect(said()).toBe('qemu: could not\nqemu: open it');
    log.close();
  });

  it('is put aside when it has grown large', async () => {
    const log = await open('x'.repeat(4_194_305));
    expect(statSync(log.path).size).toBe(0);
    expect(statSync(`${log.path}.1`).size).toBe(4_194_305);
    log.close();
  });
});
