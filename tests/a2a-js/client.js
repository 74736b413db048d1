// A caller on the protocol's own JavaScript SDK: calls the conformance agent of a Hermes and prints what it saw as JSON.
// Environment: CARD (the card's address), TOKEN (a key of Hermes, or empty), BINDING (JSONRPC or HTTP+JSON), ONLY (one scenario).
import { ClientFactory, ClientFactoryOptions, JsonRpcTransportFactory, RestTransportFactory, DefaultAgentCardResolver } from '@a2a-js/sdk/client';
import { AgentCard, verifyAgentCardSignature, Role, StreamResponse, Task, TaskState, TaskPushNotificationConfig } from '@a2a-js/sdk';

// What the SDK says to people must not get into the answer.
console.debug = console.error;
const fetchImpl = (url, init = {}) => {
  const headers = new Headers(init.headers);
  if (process.env.TOKEN) headers.set('Authorization', `Bearer ${process.env.TOKEN}`);
  return fetch(url, { ...init, headers });
};
const factory = new ClientFactory(ClientFactoryOptions.createFrom(ClientFactoryOptions.default, {
  transports: [new JsonRpcTransportFactory({ fetchImpl }), new RestTransportFactory({ fetchImpl })],
  preferredTransports: [process.env.BINDING],
  cardResolver: new DefaultAgentCardResolver({ fetchImpl }),
}));
const client = await factory.createFromUrl(process.env.CARD, '');
let number = 0;
const send = (act, more = {}, configuration = undefined) => ({
  tenant: '', metadata: undefined, configuration,
  message: {
    messageId: `${act}-${Date.now()}-${number++}`, taskId: '', contextId: '', role: Role.ROLE_USER, metadata: undefined, extensions: [], referenceTaskIds: [],
    parts: [{ content: { $case: 'text', value: more.text ?? 'hello' }, metadata: undefined, filename: '', mediaType: 'text/plain' }], ...more.message,
  },
});
const configuration = (more) => ({ acceptedOutputModes: [], taskPushNotificationConfig: undefined, returnImmediately: false, ...more });
const taskOf = (result) => Task.toJSON(result.payload?.value ?? result);
const events = async (stream) => {
  const seen = [];
  for await (const event of stream) seen.push(StreamResponse.toJSON(event));
  return seen;
};
const refused = async (act) => {
  try {
    await act();
    return 'nothing';
  } catch (error) {
    return error.constructor.name;
  }
};

const scenarios = {
  card: async () => (await client.getAgentCard()).name,
  // The card's signature, checked with the key that Hermes publishes; and that it covers what the card says.
  signature: async () => {
    const card = AgentCard.fromJSON(await (await fetchImpl(process.env.CARD)).json());
    const verify = verifyAgentCardSignature(async (kid, jku) => (await (await fetchImpl(jku)).json()).keys.find((key) => key.kid === kid));
    await verify(card);
    return { ok: true, changed: await refused(() => verify({ ...card, description: 'Something else.' })) };
  },
  complete: async () => taskOf(await client.sendMessage(send('tck-complete-task'))),
  data: async () => taskOf(await client.sendMessage(send('tck-artifact-data'))),
  get: async () => {
    const task = taskOf(await client.sendMessage(send('tck-artifact-text')));
    return Task.toJSON(await client.getTask({ tenant: '', id: task.id, historyLength: 1 }));
  },
  input: async () => {
    const asked = taskOf(await client.sendMessage(send('tck-input-required')));
    const done = taskOf(await client.sendMessage(send('tck-complete-task', { message: { taskId: asked.id, contextId: asked.contextId } })));
    return { asked, done };
  },
  stream: async () => events(client.sendMessageStream(send('tck-stream-artifact-chunked'))),
  returnImmediatelyAndCancel: async () => {
    const started = taskOf(await client.sendMessage(send('tck-cancel', {}, configuration({ returnImmediately: true }))));
    const cancelled = Task.toJSON(await client.cancelTask({ tenant: '', id: started.id, metadata: undefined }));
    return { started, cancelled, again: await refused(() => client.cancelTask({ tenant: '', id: started.id, metadata: undefined })) };
  },
  subscribe: async () => {
    const started = taskOf(await client.sendMessage(send('tck-long-running', {}, configuration({ returnImmediately: true }))));
    const [first, second] = await Promise.all([0, 1].map(() => events(client.resubscribeTask({ tenant: '', id: started.id }))));
    return { started, first, second, over: await refused(() => events(client.resubscribeTask({ tenant: '', id: started.id }))) };
  },
  list: async () => {
    const task = taskOf(await client.sendMessage(send('tck-complete-task')));
    const page = await client.listTasks({ tenant: '', contextId: task.contextId, status: TaskState.TASK_STATE_UNSPECIFIED, pageSize: 10, pageToken: '', statusTimestampAfter: undefined });
    return { id: task.id, ids: page.tasks.map((t) => t.id), next: page.nextPageToken, total: page.totalSize };
  },
  errors: async () => {
    const done = taskOf(await client.sendMessage(send('tck-complete-task')));
    return {
      unknown: await refused(() => client.getTask({ tenant: '', id: crypto.randomUUID() })),
      terminal: await refused(() => client.sendMessage(send('tck-complete-task', { message: { taskId: done.id } }))),
      notCancelable: await refused(() => client.cancelTask({ tenant: '', id: done.id, metadata: undefined })),
      noPush: await refused(() => client.getTaskPushNotificationConfig({ tenant: '', taskId: done.id, id: 'nothing' })),
    };
  },
  push: async () => {
    const started = taskOf(await client.sendMessage(send('tck-input-required')));
    const made = await client.createTaskPushNotificationConfig({ tenant: '', id: 'mine', taskId: started.id, url: process.env.HOOK ?? 'https://example.com/hook', token: 'tok', authentication: { scheme: 'Bearer', credentials: 'secret' } });
    const read = await client.getTaskPushNotificationConfig({ tenant: '', taskId: started.id, id: 'mine' });
    const listed = await client.listTaskPushNotificationConfig({ tenant: '', taskId: started.id, pageSize: 0, pageToken: '' });
    if (process.env.HOOK)
      await client.sendMessage(send('tck-complete-task', { message: { taskId: started.id } }));
    else
      await client.deleteTaskPushNotificationConfig({ tenant: '', taskId: started.id, id: 'mine' });
    const left = await client.listTaskPushNotificationConfig({ tenant: '', taskId: started.id, pageSize: 0, pageToken: '' });
    return { task: started.id, made: TaskPushNotificationConfig.toJSON(made), read: TaskPushNotificationConfig.toJSON(read), listed: listed.configs.length, left: left.configs.length };
  },
};

// These need an agent that does work; they run only when they are asked for.
const byName = {
  // An agent that does as the peer of server.js: the first word of the message says what.
  agent: async () => {
    const tell = (text, message = {}) => send('any', { text, message });
    const said = taskOf(await client.sendMessage(tell('say hello')));
    const streamed = await events(client.sendMessageStream(tell('say hello')));
    const asked = taskOf(await client.sendMessage(tell('ask me')));
    const answered = taskOf(await client.sendMessage(tell('say Paris', { taskId: asked.id })));
    const proofWanted = taskOf(await client.sendMessage(tell('prove it')));
    const proved = taskOf(await client.sendMessage(tell('say who', { taskId: proofWanted.id })));
    const failing = taskOf(await client.sendMessage(tell('fail now')));
    const slow = taskOf(await client.sendMessage(send('any', { text: 'slow please' }, configuration({ returnImmediately: true }))));
    const cancelled = Task.toJSON(await client.cancelTask({ tenant: '', id: slow.id, metadata: undefined }));
    return { said, streamed, asked, answered, proofWanted, proved, failing, cancelled };
  },
  mesh: async () => events(client.sendMessageStream(send('get-this-done', {
    message: {
      parts: [
        { content: { $case: 'text', value: 'Summarise this report' }, metadata: undefined, filename: '', mediaType: 'text/plain' },
        { content: { $case: 'data', value: { reward: { amount: '5.00', currency: 'USD' }, required_capabilities: ['summarise'], bidding_window_seconds: 600 } }, metadata: undefined, filename: '', mediaType: 'application/json' },
      ],
    },
  }))),
};
if (byName[process.env.ONLY]) scenarios[process.env.ONLY] = byName[process.env.ONLY];

const seen = {};
for (const [name, run] of Object.entries(scenarios)) {
  if (process.env.ONLY && process.env.ONLY !== name) continue;
  try {
    seen[name] = await run();
  } catch (error) {
    seen[name] = { failed: `${error.constructor.name}: ${error.message}` };
  }
}
console.log(JSON.stringify(seen));
