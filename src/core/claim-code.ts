/** The code of rule K9 as it is shown and typed: `4F7Q-91KD`. Pure. */
const letters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** 40 bits. */
export const claimCodeBytes = 5;

export function claimCodeOf(bytes: Uint8Array): string {
  let bits = bytes.reduce((all, byte) => (all << 8n) | BigInt(byte), 0n);
  let code = '';
  for (let i = 0; i < 8; i++) {
    code = (letters[Number(bits & 31n)] ?? '0') + code;
    bits >>= 5n;
  }
  return `${code.slice(0, 4)}-${code.slice(4)}`;
}

/** Capitals or not, with or without the hyphen, and letters that are taken for digits. */
export const readClaimCode = (typed: string): string => {
  const plain = typed.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  return `${plain.slice(0, 4)}-${plain.slice(4)}`;
};
