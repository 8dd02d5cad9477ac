import type { Claims } from '../services/claims.ts';

/** Rule K9: what the operator reads while a connected surface has no owner; nothing otherwise. */
export async function ownerLines(claims: Claims): Promise<string[]> {
  const without = await claims.ownerless();
  if (without.length === 0) return [];
  const { code } = await claims.renew();
  return [
    `  owner     nobody on ${without.join(' and ')}: type "/crew access claim ${code}" there within 30 minutes; it holds once, "doctor" makes a new one`,
  ];
}
