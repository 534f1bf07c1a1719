/** What came of a call: the trailers' status and message, and the messages before (gRPC over HTTP/2). */
export interface GrpcAnswer {
  readonly status: number;
  readonly message: string;
  readonly messages: readonly Uint8Array[];
}

/** When the client has said all: after its message, or when one that came satisfies it. */
export type HangUp = 'at once' | ((message: Uint8Array) => boolean);

export interface CallOptions {
  /** Headers of the caller's own. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly hangUp?: HangUp;
}

/** The answers to a session's methods, by their full names (`/package.Service/Method`). */
export type Served = Readonly<Record<string, Uint8Array>>;

/** The protocols of BuildKit on the engine's connection (Docker Engine API v1.44, POST /grpc and POST /session). */
export interface Grpc {
  /** Calls a method with one message. Any status resolves; a broken connection and a passed deadline reject. */
  readonly call: (method: string, message: Uint8Array, options?: CallOptions) => Promise<GrpcAnswer>;
  /** Answers the engine's builder in a session of this id as long as `work` lasts. */
  readonly serve: <Value>(served: Served, work: (session: string) => Promise<Value>) => Promise<Value>;
}

const none = (): Promise<never> => Promise.reject(new Error('This engine is asked whole requests only.'));

export const NO_GRPC: Grpc = { call: none, serve: none };
