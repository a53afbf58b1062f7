/** Of V8; what is shared with Node sets it where it is. */
interface ErrorConstructor {
  stackTraceLimit: number;
}
