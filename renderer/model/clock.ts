/**
 * A time of day for people, in their zone: "14:02", and with the date where that is another day than `now`'s.
 * `iso` is ISO 8601; an unreadable time is given back as it is rather than hidden.
 */
export function formatMoment(iso: string, now: number): string {
  const moment = new Date(iso);
  if (Number.isNaN(moment.getTime())) return iso;
  const time = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' }).format(moment);
  if (moment.toDateString() === new Date(now).toDateString()) return time;
  return `${new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' }).format(moment)}, ${time}`;
}

/** The same to the second, for a confirmation: "14:02:11". */
export function formatExactTime(iso: string): string {
  const moment = new Date(iso);
  if (Number.isNaN(moment.getTime())) return iso;
  return new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(moment);
}
