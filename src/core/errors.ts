/** Every code an error of the lab can carry; the set is closed so that screens and tests can rely on it. */
export type LabErrorCode =
  // configuration
  | 'config-unknown'
  | 'config-range'
  | 'config-conflict'
  // engine
  | 'param-mismatch'
  | 'diverged'
  | 'omega-invalid'
  | 'importance-empty'
  | 'backend-missing'
  | 'backend-lost'
  // data
  | 'file-empty'
  | 'file-format'
  | 'file-truncated'
  | 'file-damaged'
  | 'file-limit'
  | 'data-mismatch'
  | 'data-missing'
  | 'class-too-small'
  | 'image-invalid'
  | 'network'
  | 'storage-full'
  | 'storage-failed'
  // files that come in
  | FileErrorCode
  | 'checkpoint-mismatch'
  // sessions
  | 'run-missing'
  | 'run-state'
  | 'cancelled'
  | 'internal';

/** Faults of checkpoints and safetensors files, in the words of `reference/formats/expect.json`. */
export type FileErrorCode =
  // any container
  | 'EMPTY'
  | 'NOT_A_CHECKPOINT'
  | 'TRUNCATED'
  | 'TOO_LARGE'
  // PyTorch's zip and legacy layouts
  | 'CRC_MISMATCH'
  | 'COMPRESSED_ENTRY'
  | 'BYTE_ORDER'
  | 'MISSING_STORAGE'
  | 'SHORT_STORAGE'
  | 'OUT_OF_BOUNDS'
  | 'BAD_STRIDE'
  // pickles
  | 'UNSAFE_GLOBAL'
  | 'BAD_PICKLE'
  // safetensors
  | 'BAD_HEADER'
  | 'BAD_OFFSETS'
  | 'BAD_DTYPE'
  // what the tensors hold, against what the model wants
  | 'NO_TENSORS'
  | 'MISSING_TENSOR'
  | 'UNEXPECTED_TENSOR'
  | 'SHAPE_MISMATCH'
  | 'NON_FINITE'
  | 'NEGATIVE_OMEGA';

/** A {@link LabError} as plain data: what crosses the worker boundary and what the screen shows. */
export interface LabErrorData {
  readonly code: LabErrorCode;
  /** Which file, class or parameter; what was expected; what was found. */
  readonly message: string;
  /** What the person can do about it. */
  readonly hint: string;
  readonly cause?: string;
}

/** An error a person can act on. Broken promises of our own are plain `Error`s instead. */
export class LabError extends Error {
  readonly code: LabErrorCode;
  readonly hint: string;

  constructor(code: LabErrorCode, message: string, hint: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'LabError';
    this.code = code;
    this.hint = hint;
  }

  toData(): LabErrorData {
    const data = { code: this.code, message: this.message, hint: this.hint };
    return this.cause === undefined ? data : { ...data, cause: describeCause(this.cause) };
  }

  static fromData(data: LabErrorData): LabError {
    return new LabError(data.code, data.message, data.hint, data.cause);
  }
}

/** Any thrown value as {@link LabErrorData}; what is not a {@link LabError} is reported as `internal`. */
export function toErrorData(error: unknown): LabErrorData {
  if (error instanceof LabError) return error.toData();
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: 'internal',
    message: `Something went wrong inside the lab: ${message}`,
    hint: 'Finished tasks are kept. Reload the page to go on from the last one.',
  };
}

function describeCause(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
