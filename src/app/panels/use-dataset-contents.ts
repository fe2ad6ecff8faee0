import { useEffect, useState } from 'react';
import type { DatasetContents } from '../../core/dataset-summary.ts';
import { useLab } from '../lab-context.ts';

/** Contents by dataset id, asked for once each; a dataset is missing while it loads. What goes wrong is said as a message. */
export function useDatasetContents(datasets: readonly string[]): ReadonlyMap<string, DatasetContents> {
  const lab = useLab();
  const [known, setKnown] = useState<ReadonlyMap<string, DatasetContents>>(new Map());
  const wanted = [...new Set(datasets)].sort().join('\n');
  useEffect(() => {
    let current = true;
    for (const dataset of wanted.split('\n')) {
      lab.api.datasetContents(dataset).then(
        (contents) => {
          if (current) setKnown((before) => new Map(before).set(dataset, contents));
        },
        (error: unknown) => {
          if (current) lab.fail(error);
        },
      );
    }
    return () => {
      current = false;
    };
  }, [lab, wanted]);
  return known;
}

/** Whether a class answers to what is searched for: every word of it in the name or the id. */
export function classMatches(query: string, { id, name }: { readonly id: string; readonly name: string }): boolean {
  const text = `${name} ${id}`.toLowerCase();
  return query.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}
