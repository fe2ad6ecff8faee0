import type { Params } from '../model/params.ts';
import { AnchoredPenalty } from './anchored-penalty.ts';
import { BaseMethod } from './base-method.ts';
import type { MethodContext, PenaltyTerm, SavedState } from './method.ts';

/** A method whose protection is λ · penaltyScale · Σ Ω (θ − θ*)²; how Ω comes about is the method's own. */
export abstract class AnchoredMethod extends BaseMethod {
  protected readonly protection = new AnchoredPenalty();

  penalty(name: string): PenaltyTerm | null {
    return this.protection.term(name);
  }

  override omega(): Params | null {
    return this.protection.omega;
  }

  override anchor(): Params | null {
    return this.protection.anchor;
  }

  ownOmega(): Params | null {
    return this.protection.own;
  }

  forgetOwnOmega(): void {
    this.protection.forgetOwn();
  }

  restore(context: MethodContext, { omega, anchor, finishedTasks }: SavedState): void {
    this.protection.restore(omega, anchor ?? context.network.backbone, finishedTasks);
  }

  override dispose(): void {
    this.protection.dispose();
  }
}
