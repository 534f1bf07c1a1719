import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { tarArchive } from './tar.ts';

const list = (archive: Buffer): string =>
  execFileSync('tar', ['--list', '--verbose', '--numeric-owner', '--utc', '--file=-'], {
    input: archive,
    encoding: 'utf8',
  });

describe('tarArchive', () => {
  it('is read by tar as what went in', () => {
    const archive = tarArchive([
      { kind: 'directory', name: 'bin/', mode: 0o755 },
      { kind: 'file', name: 'bin/tool', mode: 0o755, content: Buffer.alloc(513, 'x') },
      { kind: 'symlink', name: 'bin/sh', target: 'tool' },
      { kind: 'directory', name: 'tmp/', mode: 0o1777 },
    ]);
    const lines = list(archive).trimEnd().split('\n');
    expect(lines.map((line) => line.replaceAll(/\s+/gu, ' '))).toEqual([
      'drwxr-xr-x 0/0 0 1970-01-01 00:00 bin/',
      '-rwxr-xr-x 0/0 513 1970-01-01 00:00 bin/tool',
      'lrwxrwxrwx 0/0 0 1970-01-01 00:00 bin/sh -> tool',
      'drwxrwxrwt 0/0 0 1970-01-01 00:00 tmp/',
    ]);
    const content = execFileSync('tar', ['--extract', '--to-stdout', '--file=-', 'bin/tool'], { input: archive });
    expect(content).toEqual(Buffer.alloc(513, 'x'));
  });

  it('refuses a name that would be cut', () => {
    expect(() => tarArchive([{ kind: 'directory', name: 'a'.repeat(101), mode: 0o755 }])).toThrow('too long');
  });
});
