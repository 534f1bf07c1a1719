const UNITS = [
  { name: 'TB', mebibytes: 1024 * 1024 },
  { name: 'GB', mebibytes: 1024 },
  { name: 'MB', mebibytes: 1 },
] as const;

const WRITTEN = /^(\d+(?:[.,]\d+)?)\s*([kmgt])?(?:i?b)?$/iu;

/**
 * A size in MiB as people read it: in the largest unit that says it exactly with at most two decimals, e.g. "2 GB" for
 * 2048. One GB is 1024 MB here, as it is in Docker Desktop.
 */
export function formatSize(mebibytes: number): string {
  for (const { name, mebibytes: unit } of UNITS) {
    const amount = mebibytes / unit;
    if (amount >= 1 && Number.isInteger(amount * 100)) return `${amount} ${name}`;
  }
  return `${mebibytes} MB`;
}

/** Reads "2 GB", "1.5g" or "512 MB" into MiB; a bare number is in GB. Null for anything else, fractions of a MiB too. */
export function readSize(text: string): number | null {
  const [, amount, letter] = WRITTEN.exec(text.trim()) ?? [];
  if (amount === undefined) return null;
  const unit = UNITS.find(({ name }) => name[0] === (letter ?? 'G').toUpperCase());
  const mebibytes = unit === undefined ? Number.NaN : Number(amount.replace(',', '.')) * unit.mebibytes;
  return Number.isSafeInteger(mebibytes) ? mebibytes : null;
}
