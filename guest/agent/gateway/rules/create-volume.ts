import { CREATE_VOLUME } from '../json/bodies.ts';
import { stringAt, stringMapAt } from '../json/shape.ts';
import { FORWARD, type Handler } from '../routes.ts';
import { volumeOptionsRefusal } from './volume-options.ts';

/** POST /volumes/create with isolation on: the options must not mount what is the VM's own, and no volume gets any while it is filled. */
export const createVolume: Handler = async (request, { volumeTurns }) => {
  const body = await request.json(CREATE_VOLUME);
  if (body === null) return FORWARD;
  const options = stringMapAt(body, 'DriverOpts');
  const refusal = volumeOptionsRefusal(stringAt(body, 'Driver'), options);
  if (refusal !== null) throw refusal;
  return options.size === 0
    ? { kind: 'replace', body }
    : { kind: 'replace', body, answered: await volumeTurns.alone() };
};
