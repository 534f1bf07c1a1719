import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { archiveOf, buildContext, isArchive, membersIn } from './archive.ts';

describe('an archive', () => {
  it('is one that tar reads', () => {
    const text = `FROM x\n${'RUN true\n'.repeat(100)}`;
    const read = execFileSync('tar', ['-xO', 'Dockerfile'], { input: buildContext(text), encoding: 'utf8' });
    expect(read).toBe(text);
    const entries = [
      { name: 'link', link: '/etc' },
      { name: 'file', content: 'x', owner: 1000 },
    ];
    const listed = execFileSync('tar', ['-tv', '--numeric-owner'], { input: archiveOf(entries), encoding: 'utf8' });
    expect(listed).toMatch(/^l\S+ 0\/0 .* link -> \/etc\n-\S+ 1000\/1000 .* file\n$/u);
  });

  it('is read as tar wrote it', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'bulkhead-archive-'));
    try {
      writeFileSync(path.join(folder, 'a'), 'x'.repeat(513));
      writeFileSync(path.join(folder, 'b'), '');
      const options = ['--format=ustar', '--owner=:1234', '--group=:56', '-C', folder, '-c', 'a', 'b'];
      const members = membersIn(execFileSync('tar', options));
      expect(members.map(({ name, owner, content }) => [name, owner, content.length])).toEqual([
        ['a', '1234:56', 513],
        ['b', '1234:56', 0],
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('is told from anything else', () => {
    expect(isArchive(archiveOf([{ name: 'a', content: '' }]))).toBe(true);
    expect(isArchive(new TextEncoder().encode('{}'))).toBe(false);
  });
});
