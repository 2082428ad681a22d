// The address of a guest, as its agent tells it.

/** A card, a family where one is told, and a number within it: `0/ip`, `0/ipv4/0`, `1/ipv6/0`. */
const KEY = /^(\d+)\/(?:ip|(ipv4|ipv6)\/(\d+))$/;

/**
 * The address that users should try: of the lowest card that has one, IPv4 before IPv6, never one that holds on its own link only.
 * @param networks as in VM_guest_metrics
 */
export function addressOf(networks: Readonly<Record<string, string>>): string | undefined {
  const known = Object.entries(networks).flatMap(([key, address]) => {
    const match = KEY.exec(key);
    if (match === null || !isRoutable(address)) return [];
    const [, card, family = address.includes(':') ? 'ipv6' : 'ipv4', number = '0'] = match;
    return [{ address, rank: Number(card) * 2 + (family === 'ipv6' ? 1 : 0), number: Number(number) }];
  });
  known.sort((a, b) => a.rank - b.rank || a.number - b.number);
  return known[0]?.address;
}

function isRoutable(address: string): boolean {
  return address !== '' && !/^(fe[89ab][0-9a-f]:|169\.254\.|0\.0\.0\.0$|::1?$|127\.)/i.test(address);
}
