/**
 * Node's HTTP module. An `import` of it reads each of its exports, and one of those (`WebSocket`) loads all of undici:
 * 15 ms of every start, for nothing.
 */
export const { createServer, request, STATUS_CODES } = process.getBuiltinModule('node:http');
