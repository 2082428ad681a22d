// How numbers are written in every format: in decimals, perhaps with an exponent. Number() would also take "", "0x10" and "Infinity".

/** Undefined when the text is no such number, or one without end. */
export function parseDecimal(text: string): number | undefined {
  if (!/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}
