// Below a list: how much of it is shown, and the way to more.

interface ListFootProps {
  readonly text: string;
  /** null: that was all. */
  readonly onMore: (() => void) | null;
}

export function ListFoot({ text, onMore }: ListFootProps) {
  return (
    <p class="list-foot">
      <span class="muted">{text}</span>
      {onMore !== null && (
        <button type="button" onClick={onMore}>
          Show more
        </button>
      )}
    </p>
  );
}
