// How busy a machine keeps its CPUs, as a small bar with its figure.

export function Load({ permille }: { permille: number }) {
  const percent = Math.round(permille / 10);
  return (
    <span class="load">
      <svg viewBox="0 0 40 8" width="40" height="8" aria-hidden="true">
        <rect class="track" width="40" height="8" rx="1" />
        <rect class="level" width={Math.min(40, permille / 25)} height="8" rx="1" />
      </svg>
      {percent} %
    </span>
  );
}
