/** How a lab is reached from another thread: its methods by Comlink, its events by a port of their own. */
import { expose } from 'comlink';
import { withPackedErrors } from '../core/error-transfer.ts';
import type { LabApi } from '../core/protocol.ts';

type Connect = LabApi['connect'];

/** {@link LabApi} as it crosses. A listener that were called by Comlink would answer every delivery of events with a message back. */
export type RemoteLab = Omit<LabApi, 'connect'> & {
  connect(events: MessagePort, options: Parameters<Connect>[1]): ReturnType<Connect>;
};

/** Answers the page from this worker. Errors go out packed. */
export function exposeLab(lab: LabApi): void {
  const packed = withPackedErrors(lab);
  const connect: RemoteLab['connect'] = (port, options) => packed.connect((events) => port.postMessage(events), options);
  expose(new Proxy(packed, { get: (target, key): unknown => (key === 'connect' ? connect : Reflect.get(target, key)) }));
}
