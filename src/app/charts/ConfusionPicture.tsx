/** A confusion matrix as SVG for saving; not shown. */
import type { TaskReport } from '../../core/task-report.ts';
import { formatWhole } from '../format.ts';
import { heatFill } from './heat.ts';

const CELL = 40;
/** Cells without numbers, for many classes. */
const SMALL_CELL = 14;
const NAMES = 150;
/** Longer names are cut: a picture cannot be hovered. */
const NAME_LENGTH = 24;

interface ConfusionPictureProps {
  readonly classes: TaskReport['classes'];
  /** counts[label][said] */
  readonly counts: readonly (readonly number[])[];
  readonly dense: boolean;
}

export function ConfusionPicture({ classes, counts, dense }: ConfusionPictureProps) {
  const cell = dense ? SMALL_CELL : CELL;
  const size = NAMES + cell * classes.length;
  const middle = (index: number): number => NAMES + cell * (index + 0.5);
  return (
    <svg className="picture confusion-picture" width={size + NAMES / 2} height={size} aria-hidden="true" fontSize={dense ? 10 : 12}>
      {classes.map(({ id, name }, index) => (
        <g key={id} style={{ fill: 'var(--text-2)' }}>
          <text x={NAMES - 8} y={middle(index) + 4} textAnchor="end">{short(name)}</text>
          <text transform={`translate(${middle(index) + 4} ${NAMES - 8}) rotate(-45)`}>{short(name)}</text>
        </g>
      ))}
      {counts.flatMap((row, label) => {
        const total = Math.max(1, row.reduce((sum, count) => sum + count, 0));
        return row.map((count, said) => {
          const share = count / total;
          return (
            <g key={`${label}-${said}`}>
              <rect
                x={middle(said) - cell / 2 + 1} y={middle(label) - cell / 2 + 1} width={cell - 2} height={cell - 2} rx={dense ? 2 : 4}
                style={heatFill(share)}
              />
              {!dense && count > 0 && <text x={middle(said)} y={middle(label) + 4} textAnchor="middle" style={{ fill: 'var(--heat-text)' }}>{formatWhole(count)}</text>}
            </g>
          );
        });
      })}
    </svg>
  );
}

function short(name: string): string {
  return name.length > NAME_LENGTH ? `${name.slice(0, NAME_LENGTH - 1)}…` : name;
}
