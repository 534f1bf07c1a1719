import { z } from 'zod';

/** Attributes of dockerd's configuration file as a JSON object (Docker docs, dockerd: daemon configuration file). */
export const daemonOptionsText = z.string().superRefine((text, context) => {
  if (readDaemonOptions(text) === null) {
    context.addIssue({ code: 'custom', message: 'a JSON object such as {"debug": false}' });
  }
});

/** The attributes in `text`; null where it is no JSON object. */
export function readDaemonOptions(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? { ...parsed } : null;
  } catch {
    return null;
  }
}
