/** The page's end of the lab worker: makes its Comlink proxy a plain {@link LabApi} whose rejections are LabErrors. */
import { transfer, wrap } from 'comlink';
import { LabError } from '../../core/errors.ts';
import { withUnpackedErrors } from '../../core/error-transfer.ts';
import type { LabApi, LabEvent } from '../../core/protocol.ts';
import type { RemoteLab } from '../../worker/expose-lab.ts';

/**
 * Speaks to a lab in a worker.
 * @param worker just started
 * @param onCrash told once if the worker cannot start or dies; nothing it was asked will be answered then
 */
export function createWorkerLab(worker: Worker, onCrash: (error: LabError) => void): LabApi {
  let crashed = false;
  const crash = (message: string): void => {
    if (crashed) return;
    crashed = true;
    onCrash(
      new LabError('internal', `The lab’s worker stopped: ${message}.`, 'Reload the page. Finished tasks are kept and can be resumed.'),
    );
  };
  worker.addEventListener('error', (event) => crash(event.message || 'its script could not be loaded'));
  const unreadable = (): void => crash('a message could not be read');
  worker.addEventListener('messageerror', unreadable);

  const remote = wrap<RemoteLab>(worker);
  return withUnpackedErrors<LabApi>({
    connect: (listener, options) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }: MessageEvent<readonly LabEvent[]>) => listener(data);
      port1.onmessageerror = unreadable;
      return remote.connect(transfer(port2, [port2]), options);
    },
    dispatch: (command) => remote.dispatch(command),
    importFiles: (files, name) => remote.importFiles(files, name),
    importUrl: (url, classes) => remote.importUrl(url, classes),
    importWeights: (from, config) => remote.importWeights(from, config),
    holdsTree: (file) => remote.holdsTree(file),
    planTasks: (config) => remote.planTasks(config),
    thumbnails: (dataset, classId, count, size) => remote.thumbnails(dataset, classId, count, size),
    datasetContents: (dataset) => remote.datasetContents(dataset),
    classImages: (dataset, classId, split, from, count, size) => remote.classImages(dataset, classId, split, from, count, size),
    taskReport: (task) => remote.taskReport(task),
    confusionImages: (task, cell) => remote.confusionImages(task, cell),
    answersOver: (task, index) => remote.answersOver(task, index),
    runHistory: (runId) => remote.runHistory(runId),
    compare: (request) => remote.compare(request),
    dialects: () => remote.dialects(),
    report: (report, format) => remote.report(report, format),
    download: (item, format) => remote.download(item, format),
    selfCheck: () => remote.selfCheck(),
  });
}
