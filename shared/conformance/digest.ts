/** The SHA-256 of the bytes as images and builds are named by it, `sha256:` and hexadecimal digits (OCI image specification, "Digests"). */
export const digestOf = async (bytes: Uint8Array): Promise<string> => {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(bytes)));
  return `sha256:${[...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
};
