/** The page's end of the lab worker: creates it, and makes its Comlink proxy a plain {@link LabApi} whose rejections are LabErrors. */
import { proxy, wrap } from 'comlink';
import { LabError } from '../../core/errors.ts';
import { withUnpackedErrors } from '../../core/error-transfer.ts';
import type { LabApi } from '../../core/protocol.ts';

/**
 * Starts the lab worker.
 * @param onCrash told once if the worker cannot start or dies; nothing it was asked will be answered then
 */
export function createWorkerLab(onCrash: (error: LabError) => void): LabApi {
  const worker = new Worker(new URL('../../worker/lab-worker.ts', import.meta.url), { type: 'module', name: 'mas-lab' });
  let crashed = false;
  const crash = (message: string): void => {
    if (crashed) return;
    crashed = true;
    onCrash(
      new LabError('internal', `The lab’s worker stopped: ${message}.`, 'Reload the page. Finished tasks are kept and can be resumed.'),
    );
  };
  worker.addEventListener('error', (event) => crash(event.message || 'its script could not be loaded'));
  worker.addEventListener('messageerror', () => crash('a message could not be read'));

  const remote = wrap<LabApi>(worker);
  return withUnpackedErrors<LabApi>({
    connect: (listener, options) => remote.connect(proxy(listener), options),
    dispatch: (command) => remote.dispatch(command),
    importFiles: (files, name) => remote.importFiles(files, name),
    importUrl: (url) => remote.importUrl(url),
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
