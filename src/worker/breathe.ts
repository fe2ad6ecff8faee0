/**
 * A turn of the event loop, so that commands arrive between steps. Through a message channel: timers are clamped to
 * milliseconds, and to a second in the background, where training must go on.
 */
export function createBreathe(): () => Promise<void> {
  const { port1, port2 } = new MessageChannel();
  let resume: (() => void) | null = null;
  port1.onmessage = () => resume?.();
  return () =>
    new Promise((resolve) => {
      resume = resolve;
      port2.postMessage(null);
    });
}
