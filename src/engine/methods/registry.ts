import type { RunConfig } from '../../core/config.ts';
import { Ewc } from './ewc.ts';
import { Finetune } from './finetune.ts';
import { Frozen } from './frozen.ts';
import { Joint } from './joint.ts';
import { Lwf } from './lwf.ts';
import { Mas } from './mas.ts';
import type { Method } from './method.ts';
import { Replay } from './replay.ts';
import { RWalk } from './rwalk.ts';
import { Si } from './si.ts';

/** A fresh instance of the method that a config names. */
export function createMethod(config: RunConfig): Method {
  switch (config.method) {
    case 'mas':
      return new Mas();
    case 'ewc':
      return new Ewc();
    case 'si':
      return new Si();
    case 'rwalk':
      return new RWalk();
    case 'lwf':
      return new Lwf();
    case 'finetune':
      return new Finetune();
    case 'frozen':
      return new Frozen();
    case 'replay':
      return new Replay(config.replayPerClass, config.batchSize);
    case 'joint':
      return new Joint();
  }
}
