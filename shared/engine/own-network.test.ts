import { expect, it } from 'vitest';
import { liesInOwnNetwork } from './own-network.ts';

it.each([
  '10.0.2.2',
  '10.0.2.0/24',
  '10.0.2.0/30',
  '10.0.2.15/32',
  '::ffff:10.0.2.2',
  '0:0::FFFF:a00:203',
  '::ffff:10.0.2.0/120',
])("%s is the VM's", (text) => {
  expect(liesInOwnNetwork(text)).toBe(true);
});

it.each([
  '',
  '10.0.2',
  '10.0.0.0/8',
  '10.0.2.0/23',
  '10.0.1.0/24',
  '110.0.2.0/24',
  'fd00::a00:202',
  '::/0',
  '::ffff:0:0/96',
  'x:y',
])("%s is not the VM's", (text) => {
  expect(liesInOwnNetwork(text)).toBe(false);
});
