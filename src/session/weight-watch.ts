/** Which weight of the run a person follows step by step, and what is told of it. */
import { LabError } from '../core/errors.ts';
import type { LabEvent } from '../core/protocol.ts';
import type { WeightChoice, WeightUpdate } from '../core/watched-weight.ts';
import { createRandom } from '../core/random.ts';
import { engineIndex, torchIndex, torchShape } from '../engine/model/layout.ts';
import { backboneParams, type ParamSpec } from '../engine/model/spec.ts';
import { entriesAt, largestEntry, type ProbedUpdate, type WeightPlace } from '../engine/weight-probe.ts';
import type { LiveRun } from './live-run.ts';

export class WeightWatch {
  private choice: WeightChoice | null = null;
  /** Each "random" draws another weight. */
  private draws = 0;
  private readonly emit: (event: LabEvent) => void;

  constructor(emit: (event: LabEvent) => void) {
    this.emit = emit;
  }

  /**
   * @param run the run on the device, if any; without one the choice waits for the next
   * @throws LabError 'config-range' for a weight that the model does not train
   */
  async choose(choice: WeightChoice | null, run: LiveRun | null): Promise<void> {
    this.choice = choice;
    if (choice?.kind === 'random') this.draws += 1;
    if (run) await this.apply(run);
  }

  /** Puts the choice into effect on a run that came to the device, or whose Ω has changed. */
  async apply(run: LiveRun): Promise<void> {
    const { choice } = this;
    if (choice === null) {
      run.trainer.probe.choose(null);
      return;
    }
    const trained = backboneParams(run.model).filter(({ name }) => run.trained.has(name));
    const place = await this.place(choice, run, trained);
    run.trainer.probe.choose(place);
    const param = trained.find(({ name }) => name === place.name);
    if (!param) throw new Error(`the model has no ${place.name}`);
    const [omegas, anchors] = [run.method.omega(), run.method.anchor()];
    const pulled = omegas?.has(place.name) === true && anchors?.has(place.name) === true;
    const [theta, omega, anchor] = (await entriesAt(place, [run.network.backbone, omegas, anchors])) as [number, number, number];
    this.emit({
      kind: 'watched',
      parameters: trained.map((other) => ({ name: other.name, shape: torchShape(other) })),
      weight: {
        parameter: place.name, shape: torchShape(param), index: torchIndex(param, run.model, place.index),
        theta, omega: pulled ? omega : null, anchor: pulled ? anchor : null,
      },
    });
  }

  private async place(choice: WeightChoice, run: LiveRun, trained: readonly ParamSpec[]): Promise<WeightPlace> {
    switch (choice.kind) {
      case 'important':
        return (await largestEntry(run.method.omega() ?? new Map())) ?? this.random(run, trained);
      case 'random':
        return this.random(run, trained);
      case 'at': {
        const param = trained.find(({ name }) => name === choice.parameter);
        if (!param) throw new LabError('config-range', `${choice.parameter} is not trained in this run.`, `Choose one of ${trained.map(({ name }) => name).join(', ')}.`);
        const count = sizeOf(param);
        if (!Number.isInteger(choice.index) || choice.index < 0 || choice.index >= count) {
          throw new LabError('config-range', `${choice.parameter} has ${count} entries; there is no entry ${choice.index}.`, `Choose 0 to ${count - 1}.`);
        }
        return { name: param.name, index: engineIndex(param, run.model, choice.index) };
      }
    }
  }

  private random(run: LiveRun, trained: readonly ParamSpec[]): WeightPlace {
    const weights = trained.filter(({ role }) => role === 'weight');
    const draw = createRandom(run.config.seed, 'watch', this.draws);
    const param = weights[draw.below(weights.length)]!;
    return { name: param.name, index: draw.below(sizeOf(param)) };
  }
}

/** What is told of an update. @param step the training step it belongs to */
export function weightUpdate(run: LiveRun, task: number, step: number, probed: ProbedUpdate): WeightUpdate {
  const { place, options, ...numbers } = probed;
  const param = backboneParams(run.model).find(({ name }) => name === place.name);
  if (!param) throw new Error(`the model has no ${place.name}`);
  const { learningRate, momentum, weightDecay, lambda, penaltyStep } = options;
  return { step, task, parameter: place.name, index: torchIndex(param, run.model, place.index), learningRate, momentum, weightDecay, lambda, penaltyStep, ...numbers };
}

function sizeOf(param: ParamSpec): number {
  return param.shape.reduce((a, b) => a * b, 1);
}
