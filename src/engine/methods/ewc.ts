import { deriveSeed } from '../../core/random.ts';
import { AnchoredMethod } from './anchored-method.ts';
import type { MeasureImportance, MethodContext } from './method.ts';

/**
 * Elastic Weight Consolidation (Kirkpatrick et al., PNAS 2017): Ω is the diagonal of the empirical Fisher information,
 * 1/N Σₖ (∂ log p(yₖ|xₖ)/∂θ)², and the penalty λ/2 Σ Ω (θ − θ*)². Fishers of earlier tasks add up around the newest
 * anchor (Huszár 2018).
 */
export class Ewc extends AnchoredMethod {
  readonly id = 'ewc';
  override readonly penaltyScale = 0.5;

  async afterTask(context: MethodContext, task: number, measure: MeasureImportance): Promise<void> {
    const { seed, fisherLabels } = context.config;
    const fisher = await measure({ kind: 'fisher', labels: fisherLabels, seed: deriveSeed(seed, 'fisher', task) });
    this.protection.consolidate(fisher, context.network.backbone, context.config);
  }
}
