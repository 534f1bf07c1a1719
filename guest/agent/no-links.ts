import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';

const DATA = '/var/lib/docker';
/** Where the engine keeps its own links, the short names of layers (moby, daemon/graphdriver/overlay2). */
const OWN_LINKS = `${DATA}/overlay2/l`;

const mount = (...args: readonly string[]): void => {
  execFileSync('/usr/bin/mount', args, { env: {}, stdio: ['ignore', 'ignore', 'pipe'] });
};

/**
 * Has the kernel follow no symbolic link of Docker's data (mount(8), nosymfollow), but for the engine's own. dockerd works on
 * files of containers by their paths in the VM, as root of it: it fills a volume from an image and reads layers for commit, save
 * and push. A link that a container or an image has there would lead it to files of the VM. Reading a link stays possible,
 * and in containers links are as ever: the front takes the flag off what it attaches. Throws when it cannot be done.
 */
export const followNoLinks = (): void => {
  mkdirSync(OWN_LINKS, { recursive: true, mode: 0o710 });
  mount('--bind', OWN_LINKS, OWN_LINKS);
  mount('-o', 'remount,bind,nosymfollow', DATA);
};
