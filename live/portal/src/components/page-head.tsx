// The heading of a page. It takes the focus when the page changes, so that keyboards and screen readers start there.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

interface PageHeadProps {
  readonly title: string;
  /** What leads back to, above the title. */
  readonly back?: { readonly href: string; readonly label: string };
  /** Actions, at the right. */
  readonly children?: ComponentChildren;
}

export function PageHead({ title, back, children }: PageHeadProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    window.scrollTo(0, 0);
    heading.current?.focus({ preventScroll: true });
  }, []);
  useEffect(() => {
    document.title = `${title} · OpenPEX`;
  }, [title]);
  return (
    <div class="page-head">
      <div>
        {back && (
          <a class="back" href={back.href}>
            <span aria-hidden="true">← </span>
            {back.label}
          </a>
        )}
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
      </div>
      {children !== undefined && <div class="page-actions">{children}</div>}
    </div>
  );
}
