// @ts-check
/** Something a person can put right: printed without a stack, then the command ends with code 1. */
export class SetupFault extends Error {
  /**
   * @param {string} message what is wrong
   * @param {string} hint what to do
   */
  constructor(message, hint) {
    super(`${message}\n${hint}`);
    this.name = 'SetupFault';
  }
}

/**
 * Runs a command-line entry; a fault is printed plainly, anything else with its stack, and both end with code 1.
 * @param {() => Promise<void>} main
 */
export async function runMain(main) {
  try {
    await main();
  } catch (error) {
    console.error(error instanceof SetupFault ? `\n${error.message}` : error);
    process.exitCode = 1;
  }
}
