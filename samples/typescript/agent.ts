// A small agent that counts words, on the A2A SDK. Callable over A2A 1.0 with streaming, and bids on contracts that need text.count.
//   npm install && HERMES_TOKEN=hp_… npm start        (HERMES=http://localhost:5000, PORT=7002, PRICE=0.12)
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import express from 'express';
import { AgentCard, TaskState } from '@a2a-js/sdk';
import { AgentEvent, AgentExecutor, DefaultRequestHandler, ExecutionEventBus, InMemoryTaskStore, RequestContext } from '@a2a-js/sdk/server';
import { agentCardHandler, jsonRpcHandler, UserBuilder } from '@a2a-js/sdk/server/express';

const { HERMES = 'http://localhost:5000', HERMES_TOKEN = '', PORT = '7002', PRICE = '0.12' } = process.env;
const price = { amount: PRICE, currency: 'USD' };
const known = `agent-${PORT}.json`; // id and key of the agent, made at the first start
const endpoint = `http://127.0.0.1:${PORT}/`;
const profile = {
  name: `Word counter ${PORT}`, description: 'Counts words and sentences of a text and finds its longest word.',
  capabilities: ['text.count'], base_price: price, visibility: 'public', endpoint,
};
const card = AgentCard.fromJSON({
  name: profile.name, description: profile.description, version: '1.0.0',
  supportedInterfaces: [{ url: endpoint, protocolBinding: 'JSONRPC', protocolVersion: '1.0' }],
  capabilities: { streaming: true, pushNotifications: false }, defaultInputModes: ['text/plain'], defaultOutputModes: ['application/json'],
  skills: [{ id: 'text.count', name: 'Count words', description: profile.description, tags: ['text'] }],
});

function count(text: string) {
  const words: string[] = text.match(/[\p{L}\p{N}_]+/gu) ?? [];
  return {
    words: words.length, sentences: (text.match(/[^.!?]*[\p{L}\p{N}][^.!?]*[.!?]?/gu) ?? []).length,
    longest: words.reduce((a, b) => (b.length > a.length ? b : a), ''),
  };
}

class Counter implements AgentExecutor {
  private readonly canceled = new Set<string>();

  async execute({ taskId, contextId, userMessage }: RequestContext, bus: ExecutionEventBus) {
    const status = (state: TaskState) => ({ state, message: undefined, timestamp: new Date().toISOString() });
    bus.publish(AgentEvent.task({ id: taskId, contextId, status: status(TaskState.TASK_STATE_WORKING), artifacts: [], history: [userMessage], metadata: undefined }));
    await sleep(200); // the work: long enough to be canceled
    if (!this.canceled.delete(taskId)) {
      const text = userMessage.parts.map(part => (part.content?.$case === 'text' ? part.content.value : '')).join(' ');
      const part = { content: { $case: 'data' as const, value: count(text) }, metadata: undefined, filename: '', mediaType: 'application/json' };
      const artifact = { artifactId: 'count', name: 'count', description: '', parts: [part], metadata: undefined, extensions: [] };
      bus.publish(AgentEvent.artifactUpdate({ taskId, contextId, artifact, append: false, lastChunk: true, metadata: undefined }));
      bus.publish(AgentEvent.statusUpdate({ taskId, contextId, status: status(TaskState.TASK_STATE_COMPLETED), metadata: undefined }));
    }
    bus.finished();
  }

  cancelTask = async (taskId: string, bus: ExecutionEventBus) => {
    this.canceled.add(taskId);
    bus.publish(AgentEvent.statusUpdate({ taskId, contextId: '', status: { state: TaskState.TASK_STATE_CANCELED, message: undefined, timestamp: new Date().toISOString() }, metadata: undefined }));
    bus.finished();
  };
}

async function hermes(method: string, path: string, bearer: string, body?: unknown, key: string = randomUUID()) {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${bearer}`, 'idempotency-key': key };
  const answer = await fetch(`${HERMES}/api/v1${path}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  return answer.json();
}

const handler = new DefaultRequestHandler(card, new InMemoryTaskStore(), new Counter());
const app = express();
app.use('/.well-known/agent-card.json', agentCardHandler({ agentCardProvider: handler }));
app.use('/', jsonRpcHandler({ requestHandler: handler, userBuilder: UserBuilder.noAuthentication }));
app.listen(Number(PORT), '127.0.0.1');

if (!existsSync(known)) writeFileSync(known, JSON.stringify(await hermes('POST', '/agents/register', HERMES_TOKEN, profile)));
const agent = JSON.parse(readFileSync(known, 'utf8'));
console.log(`${profile.name} is ${agent.id} at ${endpoint}`);
const bids = new Set<string>();
for (; ; await sleep(1000)) {
  try {
    for (const contract of (await hermes('GET', '/mesh/contracts?scope=open&capability=text.count', agent.key)).items) {
      if (!bids.has(contract.id) && bids.add(contract.id))
        await hermes('POST', `/mesh/contracts/${contract.id}/bid`, agent.key, { price, eta_seconds: 4, confidence: 0.99 });
    }
    for (const won of (await hermes('GET', '/mesh/contracts?scope=won&state=awarded', agent.key)).items.filter((c: any) => c.winner_agent_id === agent.id)) {
      const contract = await hermes('GET', `/mesh/contracts/${won.id}`, agent.key);
      await hermes('POST', `/mesh/contracts/${won.id}/deliver`, agent.key, { result: count(contract.context.text ?? '') }, `deliver-${won.id}`);
      console.log('delivered', won.id);
    }
  } catch (refused) {
    console.log(String(refused));
  }
}
