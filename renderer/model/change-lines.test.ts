import { expect, test } from 'vitest';
import { changeDetail } from './change-lines.ts';

const cost = 'engineRestart' as const;

test('a value is shown before and after', () => {
  expect(changeDetail({ key: 'memoryMiB', from: 2048, to: 4096, cost })).toEqual({
    kind: 'value',
    from: '2 GB',
    to: '4 GB',
  });
});

test('a list is shown by what comes and goes', () => {
  expect(changeDetail({ key: 'proxyExclude', from: ['a', 'b'], to: ['b', 'c'], cost })).toEqual({
    kind: 'lines',
    lines: [
      { sign: 'removed', text: 'a' },
      { sign: 'added', text: 'c' },
    ],
    remark: null,
  });
  expect(changeDetail({ key: 'proxyExclude', from: ['a', 'b'], to: ['b', 'a'], cost })).toMatchObject({
    lines: [],
    remark: 'The same entries in another order',
  });
});

test('JSON is shown by the attributes that differ', () => {
  const from = '{"debug":true,"mtu":1500}';
  expect(changeDetail({ key: 'dockerDaemonOptions', from, to: '{"mtu":1500,"debug":false,"x":[1]}', cost })).toEqual({
    kind: 'lines',
    lines: [
      { sign: 'removed', text: '"debug": true' },
      { sign: 'added', text: '"debug": false' },
      { sign: 'added', text: '"x": [1]' },
    ],
    remark: null,
  });
  expect(changeDetail({ key: 'dockerDaemonOptions', from, to: `${from}\n`, cost })).toMatchObject({
    remark: 'The same attributes in another layout',
  });
});
