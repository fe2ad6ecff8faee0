/** A comparison or the dialects of MAS as files to save: a table alone, or all that the command line writes, in one zip. */
import type { Report, ReportFormat } from '../core/protocol.ts';
import { textSource } from '../formats/byte-source.ts';
import { zipSource } from '../formats/zip-write.ts';
import { comparisonFiles } from './comparison-report.ts';
import { dialectFiles } from './dialect-tables.ts';
import type { DownloadFile } from './run-download.ts';

const ENDINGS = { markdown: '.md', csv: '.csv' } as const;
const MIME_TYPES = { markdown: 'text/markdown', csv: 'text/csv', zip: 'application/zip' } as const;

export function reportDownload(report: Report, format: ReportFormat): DownloadFile {
  const files = report.kind === 'comparison' ? comparisonFiles(report.comparison) : dialectFiles(report.report);
  const mimeType = MIME_TYPES[format];
  if (format === 'zip') return { fileName: `mas-lab-${report.kind}.zip`, mimeType, content: zipSource(files.map(({ path, text }) => ({ path, content: textSource(text) }))) };
  // The table itself comes first of its kind.
  const table = files.find(({ path }) => path.endsWith(ENDINGS[format]));
  if (!table) throw new Error(`a ${report.kind} without ${format}`);
  return { fileName: table.path, mimeType, content: textSource(table.text) };
}
