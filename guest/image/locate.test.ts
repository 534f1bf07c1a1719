import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { currentImageDirectory, imagePointer, imagesDirectory } from './locate.ts';

describe('currentImageDirectory', () => {
  let cache: string;
  beforeEach(() => {
    cache = mkdtempSync(path.join(os.tmpdir(), 'bulkhead-images-'));
    mkdirSync(imagesDirectory(cache));
  });
  afterEach(() => rmSync(cache, { recursive: true }));

  it('is none before the first image', () => {
    expect(currentImageDirectory(cache)).toBeNull();
  });

  it('is the one that was built last', () => {
    const id = 'ab'.repeat(32);
    writeFileSync(imagePointer(cache), `${id}\n`);
    expect(currentImageDirectory(cache)).toBe(path.join(imagesDirectory(cache), id));
  });

  it('leads nowhere else', () => {
    writeFileSync(imagePointer(cache), '../../etc\n');
    expect(currentImageDirectory(cache)).toBeNull();
  });
});
