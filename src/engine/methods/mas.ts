import type { ImportanceRule } from '../importance/output-importance.ts';
import { AnchoredMethod } from './anchored-method.ts';
import type { MeasureImportance, MethodContext } from './method.ts';

/** Memory Aware Synapses (Aljundi et al., ECCV 2018): Ω is how much each weight sways the network's output. */
export class Mas extends AnchoredMethod {
  readonly id = 'mas';

  async afterTask(context: MethodContext, _task: number, measure: MeasureImportance): Promise<void> {
    const rule: ImportanceRule = { kind: context.config.importance };
    this.protection.consolidate(await measure(rule), context.network.backbone, context.config);
  }
}
