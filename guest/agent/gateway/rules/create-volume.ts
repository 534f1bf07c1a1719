import { CREATE_VOLUME } from '../json/bodies.ts';
import { stringAt, stringMapAt } from '../json/shape.ts';
import { FORWARD, type Handler } from '../routes.ts';
import { volumeOptionsRefusal } from './volume-options.ts';

/** POST /volumes/create with isolation on: the options must not mount what is the VM's own. */
export const createVolume: Handler = async (request) => {
  const body = await request.json(CREATE_VOLUME);
  if (body === null) return FORWARD;
  const refusal = volumeOptionsRefusal(stringAt(body, 'Driver'), stringMapAt(body, 'DriverOpts'));
  if (refusal !== null) throw refusal;
  return { kind: 'replace', body };
};
