/**
 * A turn of the event loop, so that commands arrive between steps. Through a message channel: timers are clamped to
 * milliseconds, and to a second in the background, where training must go on.
 */
export function createBreathe(): () => Promise<void> {
  const { port1, port2 } = new MessageChannel();
  // Several may wait at once: a run, and a measurement that was asked for beside it.
  const waiting: (() => void)[] = [];
  port1.onmessage = () => waiting.shift()?.();
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      port2.postMessage(null);
    });
}
