// The 95 % interval of a share that was counted: E. B. Wilson, Probable Inference, the Law of Succession, and Statistical Inference, 1927. Unlike the usual one it
// stays within 0 and 1, and says something where nothing or everything was counted.

/** The 0.975 quantile of the normal distribution. */
const Z = 1.959963984540054;

/** Null: of nothing there is no share. It takes the trials as independent of each other. */
export function shareInterval(count: number, of: number): readonly [from: number, to: number] | null {
  if (of === 0) return null;
  const share = count / of;
  const middle = (share + Z ** 2 / (2 * of)) / (1 + Z ** 2 / of);
  const half = (Z / (1 + Z ** 2 / of)) * Math.sqrt((share * (1 - share)) / of + Z ** 2 / (4 * of ** 2));
  return [count === 0 ? 0 : middle - half, count === of ? 1 : middle + half];
}
