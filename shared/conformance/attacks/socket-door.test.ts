import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { answers, blocked } from './socket-door.ts';

/** Runs the program as in a container: `attack` answers with the file that the request's path names. */
const answered = (program: string, replies: Readonly<Record<string, string>>): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'bulkhead-door-'));
  try {
    for (const [name, reply] of Object.entries(replies)) writeFileSync(path.join(folder, name), reply);
    const stand = path.join(folder, 'attack');
    writeFileSync(stand, `#!/bin/sh\nread -r method target rest\ncat "${folder}$target"\n`);
    chmodSync(stand, 0o755);
    return execFileSync('busybox', ['sh', '-c', program.replaceAll('/tmp/request', path.join(folder, 'request'))], {
      encoding: 'utf8',
      env: { PATH: `${folder}:/usr/bin:/bin` },
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
};

it('says the status of each answer, and the message of a refusal', () => {
  const message = `enhanced container isolation: docker command "/no" is blocked; if you wish to allow it, configure the docker socket command list in the settings.`;
  const said = answered(answers([{ line: 'GET /yes' }, { line: 'GET /no', body: { it: "isn't" } }]), {
    yes: 'HTTP/1.1 200 OK\r\nServer: Docker\r\n\r\n[{"Id":"1"}]\n',
    no: `HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n${JSON.stringify({ message })}`,
  });
  const [yes, no, ...more] = said.trimEnd().split('\n');
  expect(yes?.trim()).toBe('GET /yes -> 200 OK');
  expect(no).toMatch(new RegExp(`^GET /no -> 403 Forbidden "${blocked('/no')}`, 'u'));
  expect(more).toEqual([]);
});
