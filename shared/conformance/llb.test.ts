import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { HOST_NETWORK, stepDefinition } from './llb.ts';
import { bytesIn, decodeMessage, textIn } from './protobuf.ts';

it('chains operations by their digests, from the image to the result', async () => {
  const definition = await stepDefinition('some/image:1', { script: 'true', network: HOST_NETWORK });
  const [image, execution, result, ...more] = decodeMessage(definition).map(([, operation]) => operation as Uint8Array);
  if (image === undefined || execution === undefined || result === undefined) throw new Error('operations are missing');
  expect(more).toEqual([]);
  expect(textIn(bytesIn(image, 3), 1)).toBe('docker-image://docker.io/some/image:1');
  const inputOf = (operation: Uint8Array): string => textIn(bytesIn(operation, 1), 1);
  const digestOf = (operation: Uint8Array): string => `sha256:${createHash('sha256').update(operation).digest('hex')}`;
  expect(inputOf(execution)).toBe(digestOf(image));
  expect(inputOf(result)).toBe(digestOf(execution));
  expect(decodeMessage(bytesIn(execution, 2))).toContainEqual([3, HOST_NETWORK]);
});
