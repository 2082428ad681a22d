// For addresses that lead nowhere, or only operators anywhere.
import { PageHead } from '../components/page-head.tsx';

export function NotFoundPage() {
  return (
    <>
      <PageHead title="There is no such page" />
      <p>
        The address may be mistyped, or the page is for operators. <a href="#/">Go to the start page</a>.
      </p>
    </>
  );
}
