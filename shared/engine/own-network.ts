/** The VM's link to the host, with the host's and the name server's addresses in it (QEMU docs, "Using the user mode network stack"). */
export const OWN_NETWORK = '10.0.2.0/24';

const PREFIX_BITS = { ipv4: 24, mapped: 120 } as const;

/** An IPv6 address in the one spelling of RFC 5952; '' for what is none. */
const normalized = (address: string): string => {
  try {
    return new URL(`http://[${address}]/`).hostname;
  } catch {
    return '';
  }
};

/**
 * Whether an address, or a network in CIDR notation (RFC 4632), lies within the VM's link to the host, also where it is
 * written as an IPv6 address. A container network there would take the host's place: the VM's answers to the host would go
 * to containers, and the engine could not be reached any more. A larger network around the link does no harm, since the
 * link's own route is the more specific one.
 */
export const liesInOwnNetwork = (text: string): boolean => {
  const [address = '', bits] = text.trim().split('/');
  if (/^10\.0\.2\.\d{1,3}$/.test(address)) return bits === undefined || Number(bits) >= PREFIX_BITS.ipv4;
  if (!address.includes(':')) return false;
  const isMapped = /^\[::ffff:a00:2[0-9a-f]{2}\]$/.test(normalized(address));
  return isMapped && (bits === undefined || Number(bits) >= PREFIX_BITS.mapped);
};
