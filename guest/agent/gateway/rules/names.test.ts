import { describe, expect, it } from 'vitest';
import { repositoryName } from './image-name.ts';
import { givesEngineSocket } from './paths.ts';

describe('repositoryName', () => {
  it.each([
    ['docker', 'docker.io/library/docker'],
    ['docker:cli', 'docker.io/library/docker'],
    ['docker@sha256:abc', 'docker.io/library/docker'],
    ['testcontainers/ryuk:0.5.1', 'docker.io/testcontainers/ryuk'],
    ['index.docker.io/library/alpine', 'docker.io/library/alpine'],
    ['localhost/a', 'localhost/a'],
    ['localhost:5000/a:b', 'localhost:5000/a'],
    ['registry.example/a/b:c@sha256:d', 'registry.example/a/b'],
    [`sha256:${'a'.repeat(64)}`, `sha256:${'a'.repeat(64)}`],
    ['', 'docker.io/library/'],
  ])('of %s is %s', (image, name) => {
    expect(repositoryName(image)).toBe(name);
  });
});

describe('givesEngineSocket', () => {
  it.each([
    '/',
    '/run',
    '/run/',
    '/var/run',
    '/var/run/',
    '/var/run/docker.sock',
    '/run//docker.sock',
    '/tmp/../var/run/docker.sock',
    '/run/docker',
    '/run/docker/plugins/x.sock',
    '/var/run/containerd/s',
    '/run/containerd/containerd.sock',
    '/run/bulkhead',
    '/..',
  ])('%s', (path) => {
    expect(givesEngineSocket(path)).toBe(true);
  });

  it.each([
    '/var',
    '/runner',
    '/run/docker.sock.d',
    '/run/dockerd',
    '/var/running/docker.sock',
    '/etc',
    '/var/lib/docker',
  ])('not %s', (path) => {
    expect(givesEngineSocket(path)).toBe(false);
  });
});
