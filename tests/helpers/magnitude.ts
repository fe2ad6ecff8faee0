import { abs, keep, tidy } from '@tensorflow/tfjs-core';
import { AnchoredMethod } from '../../src/engine/methods/anchored-method.ts';
import type { MeasureImportance, MethodContext } from '../../src/engine/methods/method.ts';

/** Keeps large weights: Ω = |θ|. A control for MAS, not a method from the literature. */
export class Magnitude extends AnchoredMethod {
  readonly id = 'magnitude';

  async afterTask({ network, config, trained }: MethodContext, _task: number, _measure: MeasureImportance): Promise<void> {
    const omega = new Map(
      [...network.backbone].filter(([name]) => trained.has(name)).map(([name, theta]) => [name, keep(tidy(() => abs(theta)))] as const),
    );
    this.protection.consolidate(omega, network.backbone, config);
  }
}
