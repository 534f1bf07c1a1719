import { expect, it } from 'vitest';
import { runInBuild } from './build-container.ts';
import type { GrpcAnswer } from './grpc.ts';
import { createLab } from './lab.ts';
import { encodeMessage } from './protobuf.ts';

const answer = (status: number, message: string, ...messages: readonly Uint8Array[]): GrpcAnswer => ({
  status,
  message,
  messages,
});
const said = (text: string): Uint8Array =>
  encodeMessage([
    [
      3,
      encodeMessage([
        [1, 1],
        [3, text],
      ]),
    ],
  ]);
const error = encodeMessage([
  [
    6,
    encodeMessage([
      [1, 42],
      [2, encodeMessage([[2, 'exit code: 42']])],
    ]),
  ],
]);

/** An engine whose build lasts until it is ended; its methods answer in turn. */
const engine = (answers: Readonly<Record<string, readonly GrpcAnswer[]>>) => {
  const methods: string[] = [];
  const left = new Map(Object.entries(answers).map(([name, each]) => [name, [...each]]));
  let end = (_: GrpcAnswer): void => undefined;
  const lab = createLab(() => Promise.reject(new Error('not asked')), 'image:1', {
    speak: () => Promise.reject(new Error('not spoken to')),
    grpc: {
      call: (path) => {
        const method = path.split('/').slice(-2).join('/').replace(/^.*\./u, '');
        methods.push(method);
        const [next] = left.get(method)?.splice(0, 1) ?? [];
        if (method === 'LLBBridge/Return') end(answer(2, 'over'));
        if (next !== undefined) return Promise.resolve(next);
        if (method === 'Control/Solve') return new Promise((resolve) => (end = resolve));
        return Promise.resolve(answer(0, ''));
      },
      serve: () => Promise.reject(new Error('not served')),
    },
  });
  return { lab, methods };
};

it('gives what the process wrote, and ends the build', async () => {
  const { lab, methods } = engine({ 'LLBBridge/ExecProcess': [answer(0, '', said('one '), said('two'))] });
  expect(await runInBuild(lab, { script: 'true' })).toBe('ran: one two');
  expect(methods.at(-1)).toBe('LLBBridge/Return');
});

it('gives the error of a process, and of a container that is not made', async () => {
  const failing = engine({ 'LLBBridge/ExecProcess': [answer(0, '', said('a word; '), error)] });
  expect(await runInBuild(failing.lab, { script: 'false' })).toBe('refused: a word; exit code: 42');
  const refusing = engine({ 'LLBBridge/NewContainer': [answer(2, 'no')] });
  expect(await runInBuild(refusing.lab, { script: 'true' })).toBe('refused: no');
  expect(refusing.methods.at(-1)).toBe('LLBBridge/Return');
});

it('waits for a build that the engine does not know yet, and no longer than it lasts', async () => {
  const late = engine({ 'LLBBridge/Solve': [answer(5, 'no such job')] });
  expect(await runInBuild(late.lab, { script: 'true' })).toBe('ran: ');
  const over = engine({ 'Control/Solve': [answer(2, 'not allowed')], 'LLBBridge/Solve': [answer(5, 'no such job')] });
  expect(await runInBuild(over.lab, { script: 'true' })).toBe('refused: not allowed');
});
