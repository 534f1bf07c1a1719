import type { Attack } from '../attack.ts';
import { inside, setting } from './use.ts';

const OVERLAY = [
  'mkdir -p /rw/lower /rw/upper /rw/work /tmp/o; echo lower >/rw/lower/file',
  'mount -t overlay -o userxattr,lowerdir=/rw/lower,upperdir=/rw/upper,workdir=/rw/work overlay /tmp/o',
  'echo upper >>/tmp/o/file; busybox tr "\\n" " " </tmp/o/file; umount /tmp/o',
].join(' && ');

const BRIDGE = [
  'ip link add check0 type bridge',
  'ip link add check1 type veth',
  'ip link set check1 master check0',
  'ip addr add 10.99.0.1/24 dev check0',
  'ip link set check0 up',
  'ip route add 10.98.0.0/16 via 10.99.0.2',
  'ip route | grep -c check0',
  'ip link del check1',
  'ip link del check0',
].join(' && ');

/** What programs do in containers. */
export const USES_INSIDE: readonly Attack[] = [
  inside(
    'setuid',
    'a setuid program, run by another user than root',
    ['run', 'build'],
    /^user 1000 as 0, raw sockets (?:yes|no)$/u,
    'cp /bin/attack /tmp/setuid; chmod 4755 /tmp/setuid; su user -c "/tmp/setuid identify"; rm -f /tmp/setuid',
  ),
  inside(
    'capability',
    'a program with a file capability, run by another user than root',
    ['run', 'build'],
    /^user 1000 as 1000, raw sockets yes$/u,
    'cp /bin/attack /tmp/able; attack empower /tmp/able; su user -c "/tmp/able identify"; rm -f /tmp/able',
  ),
  inside(
    'owners',
    'files of several owners',
    ['run', 'build'],
    /^0:0 1000:1000 65534:65534$/u,
    'cd /tmp; >a; >b; >c; chown 1000:1000 b; chown 65534:65534 c; echo $(stat -c %u:%g a b c); rm a b c',
  ),
  inside(
    'processes',
    'several processes that talk to each other',
    ['run'],
    /^root:x:0:0:/u,
    'httpd -f -p 8123 -h /etc & until wget -q -O - http://127.0.0.1:8123/passwd 2>/dev/null; do kill -0 $! || exit; done; kill $!',
  ),
  inside('overlay', 'an overlay on a volume', ['locked'], /^lower upper/u, OVERLAY),
  inside('bridge', 'a bridge with a veth, an address and a route', ['privileged'], /^[12]$/u, BRIDGE),
  inside(
    'nested',
    'a user namespace inside the container’s',
    ['privileged'],
    /^0 0$/u,
    'busybox unshare -U -r sh -c "echo \\$(id -u) \\$(stat -c %u /bin/busybox)"',
  ),
  setting(
    'tmpfs',
    '--tmpfs with a size',
    { Tmpfs: { '/t': 'size=1m' } },
    /^ran: 1\.0M$/u,
    "df -h /t | sed -n '2s/^[^ ]* *\\([^ ]*\\).*/\\1/p'",
  ),
  setting(
    'read-only',
    '--read-only',
    { ReadonlyRootfs: true },
    /Read-only file system/u,
    '( : >/written ) 2>&1; ls -d /written 2>/dev/null',
  ),
  setting('init', '--init', { Init: true }, /^ran: docker-init$/u, 'cat /proc/1/comm'),
  setting(
    'net-admin',
    '--cap-add NET_ADMIN, to add an interface and a route',
    { CapAdd: ['NET_ADMIN'] },
    /^ran: 1$/u,
    'ip link add check0 type bridge && ip link set check0 up && ip route add 10.97.0.0/16 dev check0 && ip route | grep -c check0',
  ),
  setting(
    'mount tmpfs',
    '--mount type=tmpfs',
    { Mounts: [{ Type: 'tmpfs', Target: '/mounted' }] },
    /^ran: kept$/u,
    'echo kept >/mounted/f && cat /mounted/f',
  ),
];
