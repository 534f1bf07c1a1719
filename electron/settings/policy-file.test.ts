import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LoadedPolicy, loadPolicy } from './policy-file.ts';
import { developmentPolicySearch, type PolicySearch, systemPolicySearch } from './policy-search.ts';

const LOCKED_ON = '{"configurationFileVersion":2,"enhancedContainerIsolation":{"value":true,"locked":true}}';
const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;

let base: string;
let folder: string;
let file: string;
let search: PolicySearch;

beforeEach(() => {
  base = mkdtempSync(path.join(realpathSync(tmpdir()), 'policy-'));
  folder = path.join(base, 'policy');
  file = path.join(folder, 'admin-settings.json');
  mkdirSync(folder, { mode: 0o755 });
  search = developmentPolicySearch(folder);
});

afterEach(() => {
  rmSync(base, { recursive: true, force: true });
});

function write(content: string | Uint8Array = LOCKED_ON): void {
  writeFileSync(file, content, { mode: 0o644 });
}

/** The first problem's reason; fails if the policy is not refused. */
function refusal(loaded: LoadedPolicy): string {
  expect(loaded.status.kind).toBe('invalid');
  expect(loaded.layer).toEqual({});
  expect(loaded.entries).toEqual([]);
  return loaded.status.kind === 'invalid' ? (loaded.status.problems[0]?.reason ?? '') : '';
}

/** Root is not stopped by permissions, so the effective user is another one while `work` runs. */
function asOrdinaryUser<T>(work: () => T): T {
  if (!isRoot) return work();
  chmodSync(base, 0o755);
  process.seteuid?.(NOBODY);
  try {
    return work();
  } finally {
    process.seteuid?.(0);
  }
}

describe('a policy file that others could have written', () => {
  it.each([0o666, 0o664, 0o646, 0o777])('is refused with mode %o', (mode) => {
    write();
    chmodSync(file, mode);
    expect(refusal(loadPolicy(search))).toMatch(
      /^Others than its owner can change the file \(mode 0\d{3}\); .*chmod go-w/u,
    );
  });

  it.each([0o777, 0o1777, 0o775])('is refused in a folder with mode %o, sticky or not', (mode) => {
    write();
    chmodSync(folder, mode);
    expect(refusal(loadPolicy(search))).toMatch(/^Others than its owner can replace what is in the folder/u);
  });

  it.runIf(isRoot)('is refused when another user owns it', () => {
    write();
    chownSync(file, NOBODY, NOBODY);
    expect(refusal(loadPolicy(search))).toMatch(/^The file belongs to user 65534 and not to root/u);
  });

  it.runIf(isRoot)('is refused when another user owns its folder', () => {
    write();
    chownSync(folder, NOBODY, NOBODY);
    expect(refusal(loadPolicy(search))).toMatch(/^The folder .* belongs to user 65534/u);
  });

  it('is refused in a packaged app when the developer owns it, and when a folder above is open', () => {
    write();
    chmodSync(base, 0o777);
    const { trust } = systemPolicySearch('linux');
    expect(refusal(loadPolicy({ paths: [file], trust }))).not.toBe('');
  });

  it('is refused as a symbolic link that leads nowhere', () => {
    symlinkSync('/nowhere/admin-settings.json', file);
    expect(refusal(loadPolicy(search))).toMatch(/is a symbolic link that leads nowhere$/u);
  });

  it('is refused behind a symbolic link when others could change it there', () => {
    const elsewhere = path.join(base, 'elsewhere');
    mkdirSync(elsewhere);
    const target = path.join(elsewhere, 'real.json');
    writeFileSync(target, LOCKED_ON, { mode: 0o644 });
    symlinkSync(target, file);
    expect(loadPolicy(search).status.kind).toBe('inForce');
    chmodSync(target, 0o666);
    expect(refusal(loadPolicy(search))).toMatch(/^Others than its owner can change the file/u);
    chmodSync(target, 0o644);
    chmodSync(elsewhere, 0o777);
    expect(refusal(loadPolicy(search))).toMatch(
      /^Others than its owner can replace what is in the folder .*elsewhere/u,
    );
  });

  it('is refused behind a symbolic link to a folder or a pipe', () => {
    mkdirSync(path.join(folder, 'inner'));
    symlinkSync('inner', file);
    expect(refusal(loadPolicy(search))).toBe('A folder stands at this path');
    rmSync(file);
    execFileSync('mkfifo', [path.join(folder, 'pipe')]);
    symlinkSync('pipe', file);
    expect(refusal(loadPolicy(search))).toBe('Something that is not a file stands at this path');
  });

  it.runIf(isRoot)('is refused behind a symbolic link that another user made', () => {
    writeFileSync(path.join(folder, 'real.json'), LOCKED_ON, { mode: 0o644 });
    symlinkSync('real.json', file);
    expect(loadPolicy(search).status).toMatchObject({ kind: 'inForce', path: file });
    lchownSync(file, NOBODY, NOBODY);
    expect(refusal(loadPolicy(search))).toMatch(/^The symbolic link .* belongs to user 65534/u);
  });

  it('is in force in a folder that is a symbolic link, if that is safe', () => {
    write();
    chmodSync(base, 0o755);
    const link = path.join(base, 'link');
    symlinkSync(folder, link);
    expect(loadPolicy(developmentPolicySearch(link)).status.kind).toBe('inForce');
    chmodSync(base, 0o777);
    expect(refusal(loadPolicy(developmentPolicySearch(link)))).toMatch(/^Others than its owner can replace/u);
  });
});

describe('a policy file that cannot be read', () => {
  it('is refused when permission is denied', () => {
    write();
    chmodSync(file, 0o000);
    expect(refusal(asOrdinaryUser(() => loadPolicy(search)))).toBe(
      'The file could not be read: permission denied (EACCES)',
    );
  });

  it('is refused when permission to its folder is denied', () => {
    write();
    chmodSync(folder, 0o600);
    const loaded = asOrdinaryUser(() => loadPolicy(search));
    chmodSync(folder, 0o700);
    expect(refusal(loaded)).toBe('The file could not be read: permission denied (EACCES)');
  });

  it('is refused when it is a folder', () => {
    mkdirSync(file);
    expect(refusal(loadPolicy(search))).toBe('A folder stands at this path');
  });

  it('is refused, without waiting for a writer, when it is a pipe', () => {
    execFileSync('mkfifo', [file]);
    expect(refusal(loadPolicy(search))).toBe('Something that is not a file stands at this path');
  });

  it('is refused when a part of its path is no folder', () => {
    write();
    expect(refusal(loadPolicy(developmentPolicySearch(file)))).toBe(
      'The file could not be read: a part of the path is not a folder (ENOTDIR)',
    );
  });

  it('is refused when its folder is a link that leads nowhere', () => {
    const link = path.join(base, 'link');
    symlinkSync(path.join(base, 'unmounted'), link);
    expect(refusal(loadPolicy(developmentPolicySearch(link)))).toMatch(/is a symbolic link that leads nowhere$/u);
  });

  it('is refused when it is larger than a policy can be', () => {
    write(new Uint8Array(20 * 1024 * 1024).fill(0x20));
    expect(refusal(loadPolicy(search))).toMatch(/^The file is larger than 1024 KiB/u);
  });

  it('is refused with the place of every mistake', () => {
    write('{\n  "theme": {"value": 3},\n  "x"\n}');
    const { status } = loadPolicy(search);
    expect(status).toMatchObject({
      kind: 'invalid',
      path: file,
      problems: [
        { path: file, line: 2, column: 22, excerpt: '  "theme": {"value": 3},' },
        { path: file, line: 4, column: 1, reason: 'Expected ":" after the name, found "}"' },
      ],
    });
  });
});

describe('a policy file that is missing', () => {
  it('is no policy, also when its folder is missing', () => {
    expect(loadPolicy(search).status).toEqual({ kind: 'none', searched: [file] });
    rmSync(folder, { recursive: true });
    expect(loadPolicy(search).status).toEqual({ kind: 'none', searched: [file] });
  });
});

describe('a policy file in order', () => {
  it('is in force', () => {
    write(`\u{FEFF}${LOCKED_ON}`);
    expect(loadPolicy(search)).toMatchObject({
      status: { kind: 'inForce', path: file, warnings: [] },
      layer: { enhancedContainerIsolation: { value: true, locked: true, at: { path: file, line: 1 } } },
    });
  });

  it('comes before the second place, which decides only if the first has no file', () => {
    write();
    const absent = path.join(base, 'absent/admin-settings.json');
    expect(loadPolicy({ ...search, paths: [absent, file] }).status).toMatchObject({ kind: 'inForce', path: file });
    const broken = path.join(base, 'admin-settings.json');
    writeFileSync(broken, '{', { mode: 0o644 });
    chmodSync(base, 0o755);
    expect(loadPolicy({ ...search, paths: [broken, file] }).status).toMatchObject({ kind: 'invalid', path: broken });
  });
});

describe('systemPolicySearch', () => {
  it('looks at the system path of Bulkhead, then of Docker Desktop', () => {
    expect(systemPolicySearch('linux').paths).toEqual([
      '/etc/bulkhead/admin-settings.json',
      '/usr/share/docker-desktop/admin-settings.json',
    ]);
    expect(systemPolicySearch('darwin').paths).toEqual([
      '/Library/Application Support/Bulkhead/admin-settings.json',
      '/Library/Application Support/com.docker.docker/admin-settings.json',
    ]);
    expect(systemPolicySearch('win32').paths).toEqual([
      'C:\\ProgramData\\Bulkhead\\admin-settings.json',
      'C:\\ProgramData\\DockerDesktop\\admin-settings.json',
    ]);
  });

  it('does not let the environment choose', () => {
    const before = process.env['ProgramData'];
    process.env['ProgramData'] = 'C:\\Users\\me';
    expect(systemPolicySearch('win32').paths.join()).not.toContain('Users');
    if (before === undefined) delete process.env['ProgramData'];
    else process.env['ProgramData'] = before;
  });

  it('trusts root alone, and the whole path', () => {
    expect(systemPolicySearch('linux').trust).toEqual({ owners: [0], wholePath: true, accessControlLists: false });
  });
});
