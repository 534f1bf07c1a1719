import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { engineRequest } from '../engine-request.ts';
import { log } from '../log.ts';
import { containerSchema, publicationsOf, type Container } from './published.ts';
import type { Register } from './register.ts';

const FILTERS = encodeURIComponent(JSON.stringify({ type: ['container', 'network'] }));
const LIST = z.array(z.object({ Id: z.string() }));
/** Docker Engine API, "Monitor events". */
const EVENT = z.object({
  Type: z.string(),
  Action: z.string(),
  Actor: z.object({ ID: z.string(), Attributes: z.record(z.string(), z.string()).nullish() }),
});
type EngineEvent = z.infer<typeof EVENT>;

/** Between two attempts to hear the engine's events; it breaks off only when the engine ends, and the VM with it. */
const PAUSE_MS = 500;

/** The container of that id or name; null when there is none. */
export const inspect = async (name: string): Promise<Container | null> => {
  const { status, body } = await engineRequest({ method: 'GET', path: `/containers/${name}/json` });
  if (status === 404) return null;
  if (status !== 200) throw new Error(`the engine answered with status ${status}`);
  return containerSchema.parse(JSON.parse(body));
};

const refresh = async (register: Register, id: string): Promise<void> => {
  const container = await inspect(id);
  const publications = container === null ? [] : publicationsOf(container);
  if (publications.length === 0) register.removeContainer(id);
  else register.setContainer(id, publications);
};

const listAll = async (register: Register): Promise<void> => {
  const { body } = await engineRequest({ method: 'GET', path: '/containers/json' });
  const running = LIST.parse(JSON.parse(body)).map(({ Id }) => Id);
  register.keepOnly(new Set(running));
  for (const id of running) await refresh(register, id);
};

/** Which container an event is about, and whether it has ended; null for events that change no port. */
const subjectOf = ({ Type, Action, Actor }: EngineEvent): { readonly id: string; readonly ended: boolean } | null => {
  if (Type === 'container') {
    if (Action === 'start') return { id: Actor.ID, ended: false };
    return Action === 'die' || Action === 'destroy' ? { id: Actor.ID, ended: true } : null;
  }
  const id = Actor.Attributes?.['container'];
  const isNetworking = Type === 'network' && (Action === 'connect' || Action === 'disconnect');
  return isNetworking && id !== undefined ? { id, ended: false } : null;
};

const openEvents = (): Promise<http.IncomingMessage> =>
  new Promise((resolve, reject) => {
    http
      .get({ socketPath: '/run/bulkhead/engine.sock', path: `/events?filters=${FILTERS}` }, resolve)
      .once('error', reject);
  });

const follow = async (register: Register): Promise<void> => {
  const events = await openEvents();
  events.setEncoding('utf8');
  // What happened before the events were heard.
  await listAll(register);
  let rest = '';
  for await (const chunk of events) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines.filter((each) => each.trim() !== '')) {
      const subject = subjectOf(EVENT.parse(JSON.parse(line)));
      if (subject === null) continue;
      if (subject.ended) register.removeContainer(subject.id);
      else await refresh(register, subject.id);
    }
  }
};

/** Keeps the register like the engine, for as long as the engine runs. Never resolves. */
export const followEngine = async (register: Register): Promise<never> => {
  for (;;) {
    try {
      await follow(register);
    } catch (error) {
      log(`the published ports could not be followed: ${error instanceof Error ? error.message : String(error)}`);
    }
    await sleep(PAUSE_MS);
  }
};
