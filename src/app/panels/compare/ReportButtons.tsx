/** A report's files, each with a button. */
import type { Report, ReportFormat } from '../../../core/protocol.ts';
import { useLab } from '../../lab-context.ts';
import { texts } from '../../texts.ts';
import { Icon } from '../../views/icons.tsx';

const FORMATS: readonly ReportFormat[] = ['markdown', 'csv', 'zip'];

interface ReportButtonsProps {
  readonly report: Report;
  readonly labels: Readonly<Record<ReportFormat, string>>;
}

export function ReportButtons({ report, labels }: ReportButtonsProps) {
  const lab = useLab();
  return (
    <div className="button-row">
      {FORMATS.map((format) => (
        <button key={format} type="button" className="small" title={format === 'zip' && report.kind === 'comparison' ? texts.compare.zipHint : undefined} onClick={() => lab.research.saveReport(report, format)}>
          <Icon name="download" />{labels[format]}
        </button>
      ))}
    </div>
  );
}
