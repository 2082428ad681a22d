// Money as people read and type it. The service counts in micro-credits.

const MICROS_PER_CREDIT = 1_000_000;

/** 1234500000 is "1,234.50 credits"; digits beyond the second are shown when there are any: "0.0042 credits". */
export function formatMoney(micros: number): string {
  return `${formatAmount(micros)} ${Math.abs(micros) === MICROS_PER_CREDIT ? 'credit' : 'credits'}`;
}

/** As a number, for tables and files. */
export function credits(micros: number): number {
  return micros / MICROS_PER_CREDIT;
}

/** Like formatMoney, with a sign for gains too: "+20.00 credits". */
export function formatChange(micros: number): string {
  return `${micros > 0 ? '+' : ''}${formatMoney(micros)}`;
}

/** Micro-credits of "12.5" or "1,234.5"; null when the text is no amount. */
export function parseMoney(text: string): number | null {
  const plain = text.trim().replace(/(\d),(?=\d{3}(\D|$))/g, '$1');
  if (!/^\d{1,9}(\.\d{1,6})?$/.test(plain)) return null;
  return Math.round(Number(plain) * MICROS_PER_CREDIT);
}

/** What parseMoney reads back: "12.5". */
export function toMoneyField(micros: number): string {
  return String(credits(micros));
}

function formatAmount(micros: number): string {
  const size = Math.abs(micros);
  const whole = String(Math.floor(size / MICROS_PER_CREDIT)).replace(/\B(?=(\d{3})+$)/g, ',');
  const fraction = String(size % MICROS_PER_CREDIT)
    .padStart(6, '0')
    .replace(/0{1,4}$/, '');
  return `${micros < 0 ? '−' : ''}${whole}.${fraction}`;
}
