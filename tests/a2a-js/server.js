// An agent on the protocol's own JavaScript SDK. Prints the port it listens on.
// What it does is the first word of the message: say, answer, ask, prove, slow, later, fail.
import express from 'express';
import { AgentCard, TaskState, Role } from '@a2a-js/sdk';
import { AgentEvent, DefaultRequestHandler, InMemoryTaskStore } from '@a2a-js/sdk/server';
import { UserBuilder, agentCardHandler, jsonRpcHandler, restHandler } from '@a2a-js/sdk/server/express';

const app = express();
const port = await new Promise((resolve) => {
  const server = app.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => resolve(server.address().port));
});
const base = `http://127.0.0.1:${port}`;
const bindings = { JSONRPC: `${base}/a2a/jsonrpc`, 'HTTP+JSON': `${base}/a2a/rest` };
const order = (process.env.BINDINGS ?? 'JSONRPC,HTTP+JSON').split(',');
const card = AgentCard.fromJSON({
  name: 'JavaScript peer', description: 'Says back what it hears.', version: '1.0.0',
  supportedInterfaces: order.map((protocolBinding) => ({ url: bindings[protocolBinding], protocolBinding, protocolVersion: '1.0' })),
  capabilities: { streaming: process.env.STREAMING !== 'false', pushNotifications: process.env.PUSHES !== 'false', extendedAgentCard: true },
  defaultInputModes: ['text/plain'], defaultOutputModes: ['text/plain'],
  skills: [{ id: 'say', name: 'Say', description: 'Says it back.', tags: ['echo'] }],
});

const canceled = new Set();
const text = (value) => ({ content: { $case: 'text', value }, metadata: undefined, filename: '', mediaType: 'text/plain' });
const message = (taskId, contextId, value) => ({
  messageId: crypto.randomUUID(), taskId, contextId, role: Role.ROLE_AGENT, parts: [text(value)], metadata: undefined, extensions: [], referenceTaskIds: [],
});
const status = (state, said) => ({ state, message: said, timestamp: new Date().toISOString() });

class Peer {
  async execute(request, bus) {
    const { taskId, contextId, userMessage } = request;
    const said = userMessage.parts.map((p) => (p.content?.$case === 'text' ? p.content.value : '')).join(' ');
    const [act] = said.split(' ');
    if (act === 'answer') {
      bus.publish(AgentEvent.message(message('', contextId, said)));
      bus.finished();
      return;
    }
    const update = (state, words) => bus.publish(AgentEvent.statusUpdate({
      taskId, contextId, status: status(state, words ? message(taskId, contextId, words) : undefined), metadata: undefined,
    }));
    // A stream begins with the task, also one that goes on with it.
    if (request.task)
      bus.publish(AgentEvent.task(request.task));
    else
      bus.publish(AgentEvent.task({ id: taskId, contextId, status: status(TaskState.TASK_STATE_SUBMITTED), artifacts: [], history: [userMessage], metadata: undefined }));
    if (act === 'ask') {
      update(TaskState.TASK_STATE_INPUT_REQUIRED, 'What else?');
      bus.finished();
      return;
    }
    if (act === 'prove') {
      update(TaskState.TASK_STATE_AUTH_REQUIRED, 'Who are you?');
      bus.finished();
      return;
    }
    update(TaskState.TASK_STATE_WORKING);
    for (let i = 0; act === 'slow' && i < 200 && !canceled.has(taskId); i++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    if (act === 'later')
      await new Promise((resolve) => setTimeout(resolve, 3000));
    if (canceled.has(taskId)) {
      update(TaskState.TASK_STATE_CANCELED);
    } else if (act === 'fail') {
      update(TaskState.TASK_STATE_FAILED, 'No.');
    } else {
      bus.publish(AgentEvent.artifactUpdate({
        taskId, contextId, append: false, lastChunk: true, metadata: undefined,
        artifact: { artifactId: 'said', name: 'said', description: '', parts: [text(said)], metadata: undefined, extensions: [] },
      }));
      update(TaskState.TASK_STATE_COMPLETED);
    }
    bus.finished();
  }

  cancelTask = async (taskId) => { canceled.add(taskId); };
}

const extended = process.env.EXTENDED === 'false' ? undefined : { ...card, description: 'More for those who sign in.' };
const requestHandler = new DefaultRequestHandler(card, new InMemoryTaskStore(), new Peer(), undefined, undefined, undefined, extended);
const userBuilder = process.env.TOKEN
  ? async (req) => { if (req.headers.authorization !== `Bearer ${process.env.TOKEN}`) throw new Error('credentials wanted'); return { isAuthenticated: true, userName: 'hermes' }; }
  : UserBuilder.noAuthentication;
app.use('/.well-known/agent-card.json', agentCardHandler({ agentCardProvider: requestHandler }));
app.use('/a2a/jsonrpc', jsonRpcHandler({ requestHandler, userBuilder }));
app.use('/a2a/rest', restHandler({ requestHandler, userBuilder }));
console.log(`listening ${port}`);
