import { formatWhole } from '../format.ts';
import { texts } from '../texts.ts';

interface SkippedFilesProps {
  readonly count: number;
  /** As many of them as were kept. */
  readonly entries: readonly { readonly name: string; readonly reason: string }[];
}

/** Files that an import left out, each with the reason. */
export function SkippedFiles({ count, entries }: SkippedFilesProps) {
  return (
    <ul className="skipped">
      {entries.map((entry, k) => <li key={k}><code>{entry.name}</code> {entry.reason}</li>)}
      {count > entries.length && <li>{texts.data.skippedMore(formatWhole(count - entries.length))}</li>}
    </ul>
  );
}
