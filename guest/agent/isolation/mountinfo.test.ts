import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { below, deviceName, locate, parseMountinfo } from './mountinfo.ts';

const TEXT = `
74 73 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
75 74 254:16 /docker /var/lib/docker rw,relatime shared:1 master:2 - ext4 /dev/vdb rw,discard
76 75 0:57 / /var/lib/docker/overlay2/abc/merged rw,relatime - overlay overlay rw,lowerdir=/var/lib/docker/overlay2/l/A
77 74 0:60 / /mnt/a\\040b\\134c rw - tmpfs none rw
78 74 0:61 / /mnt rw - tmpfs none rw
79 74 0:62 / /mnt rw - tmpfs none rw
nonsense
`;
const MOUNTS = parseMountinfo(TEXT);

describe('mountinfo', () => {
  it('is read with its escapes, and nonsense is left out', () => {
    expect(MOUNTS).toHaveLength(6);
    expect(MOUNTS[1]).toEqual({ device: '254:16', root: '/docker', mountPoint: '/var/lib/docker', fsType: 'ext4' });
    expect(MOUNTS[3]?.mountPoint).toBe('/mnt/a b\\c');
  });

  it.each([
    ['/etc/shadow', '254:0', '/etc/shadow'],
    ['/', '254:0', '/'],
    ['/var/lib/docker/volumes/v/_data', '254:16', '/docker/volumes/v/_data'],
    ['/var/lib/docker', '254:16', '/docker'],
    ['/var/lib/dockers', '254:0', '/var/lib/dockers'],
    ['/var/lib/docker/overlay2/abc/merged/etc', '0:57', '/etc'],
    ['/mnt/x', '0:62', '/x'],
  ])('says where %s lies', (path, device, inside) => {
    expect(locate(MOUNTS, path)).toMatchObject({ device, path: inside });
  });

  it('tells what is below a directory', () => {
    expect([below('/a', '/a'), below('/a', '/a/b/c'), below('/a', '/ab'), below('/', '/x')]).toEqual([
      '',
      'b/c',
      null,
      'x',
    ]);
  });

  it('names devices as the kernel does', () => {
    expect(deviceName(0xfe00n)).toBe('254:0');
    expect(deviceName(57n)).toBe('0:57');
    fc.assert(
      fc.property(fc.bigInt(0n, 0xfffffn), fc.bigInt(0n, 0xfffn), (minor, major) => {
        const device = ((major & 0xfffn) << 8n) | (minor & 0xffn) | ((minor & 0xffff_ff00n) << 12n);
        expect(deviceName(device)).toBe(`${major}:${minor}`);
      }),
    );
  });
});
