import { expect, it } from 'vitest';
import { membersIn } from './archive.ts';
import { build } from './build.ts';
import { type ApiRequest, CHECK_LABEL, createLab, waitFor } from './lab.ts';

const builtWith = async (answer: string) => {
  const requests: ApiRequest[] = [];
  const lab = createLab((request) => {
    requests.push(request);
    return Promise.resolve({ status: 200, body: new TextEncoder().encode(answer) });
  }, 'image');
  return { said: await build(lab, { builder: 'legacy', lines: ['FROM image'], query: '&x=y' }), requests };
};

it('takes an error at the end of a build for a refusal', async () => {
  const failed = await builtWith(
    '{"stream":"a"}\r\n{"errorDetail":{"message":"exit code: 42"},"error":"exit code: 42"}\r\n',
  );
  expect(failed.said).toBe('refused: exit code: 42');
  const quoted = await builtWith('{"errorDetail":{"message":"a \\"b\\""},"error":"a \\"b\\""}');
  expect(quoted.said).toBe('refused: a \\"b\\"');
});

it('labels what it builds', async () => {
  const { said, requests } = await builtWith('{"stream":"\\"error\\": none"}');
  expect(said).toMatch(/^ran: /u);
  expect(requests[0]?.path).toMatch(/^\/build\?version=1&.*&x=y$/u);
  const [dockerfile] = membersIn(requests[0]?.body as Uint8Array);
  expect(new TextDecoder().decode(dockerfile?.content)).toBe(`FROM image\nLABEL ${CHECK_LABEL}=true`);
});

it('waits until an answer says what it is to say', async () => {
  const answers = ['no', 'yes', 'no'];
  expect(await waitFor(() => Promise.resolve(answers.shift() ?? ''), /yes/u)).toBe('yes');
  expect(answers).toEqual(['no']);
});
