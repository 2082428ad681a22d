// What is used of jstat, which has no types of its own.
declare module 'jstat' {
  const jstat: {
    /** Student's t distribution with `dof` degrees of freedom. */
    readonly studentt: {
      /** P(T <= x). */
      cdf(x: number, dof: number): number;
      /** The x of which P(T <= x) = p. */
      inv(p: number, dof: number): number;
    };
    /** The chi-squared distribution with `dof` degrees of freedom. */
    readonly chisquare: {
      /** The x of which P(X <= x) = p. */
      inv(p: number, dof: number): number;
    };
  };
  export default jstat;
}
