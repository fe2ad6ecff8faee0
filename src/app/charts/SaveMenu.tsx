/** Saves a chart as a picture or its numbers as a table. */
import { useId, useRef } from 'react';
import { useLab } from '../lab-context.ts';
import { texts } from '../texts.ts';
import { Icon } from '../views/icons.tsx';
import { toCsv } from './chart-data.ts';
import type { Table } from './chart-data.ts';
import { chartSvg, pngOf } from './picture.ts';

interface SaveMenuProps {
  readonly title: string;
  readonly caption: string;
  /** File name without its ending. */
  readonly fileName: string;
  readonly table: () => Table;
  /** Which SVGs of the card make the picture. */
  readonly picture: string;
}

const t = texts.charts;

export function SaveMenu({ title, caption, fileName, table, picture }: SaveMenuProps) {
  const lab = useLab();
  const id = useId();
  const menu = useRef<HTMLDivElement>(null);
  const anchor = `--save-${id.replaceAll(/[^\w]/g, '')}`;

  const save = async (format: 'svg' | 'png' | 'csv'): Promise<void> => {
    const card = menu.current?.closest('section');
    menu.current?.hidePopover();
    if (format === 'csv') {
      lab.save(`${fileName}.csv`, new Blob([toCsv(table())], { type: 'text/csv' }));
      return;
    }
    const charts = [...(card?.querySelectorAll<SVGSVGElement>(picture) ?? [])];
    if (charts.length === 0) {
      lab.say(t.nothingToSave);
      return;
    }
    const svg = chartSvg(charts, title, caption);
    lab.save(`${fileName}.${format}`, format === 'svg' ? new Blob([svg], { type: 'image/svg+xml' }) : await pngOf(svg));
  };

  return (
    <>
      <button type="button" className="quiet icon-only small" popoverTarget={id} aria-label={t.saveChart(title)} title={t.saveChart(title)} style={{ anchorName: anchor }}>
        <Icon name="download" />
      </button>
      <div ref={menu} id={id} popover="auto" className="menu" style={{ positionAnchor: anchor }}>
        {(['svg', 'png', 'csv'] as const).map((format) => (
          <button key={format} type="button" className="quiet" onClick={() => void save(format).catch(lab.fail)}>{t.save(format.toUpperCase())}</button>
        ))}
      </div>
    </>
  );
}
