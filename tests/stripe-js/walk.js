// Walks through Hermes' test provider with Stripe's own library and prints what it read: walk.js <key> <host> <port>
import Stripe from 'stripe';

const [key, host, port] = process.argv.slice(2);
// The library's paths begin with /v1; the test provider's stand below a folder of Hermes.
const http = Stripe.createNodeHttpClient();
const under = { ...http, getClientName: () => 'node', makeRequest: (h, p, path, ...rest) => http.makeRequest(h, p, '/test-payments' + path, ...rest) };
const stripe = new Stripe(key, { host, port: Number(port), protocol: 'http', httpClient: under, maxNetworkRetries: 0 });
const read = {};

const customer = await stripe.customers.create({ name: 'Acme', email: 'a@example.test', metadata: { tenant_id: 't' } }, { idempotencyKey: 'js-1' });
const again = await stripe.customers.create({ name: 'Acme', email: 'a@example.test', metadata: { tenant_id: 't' } }, { idempotencyKey: 'js-1' });
read.sameCustomer = customer.id === again.id;
try {
  await stripe.customers.create({ name: 'Other' }, { idempotencyKey: 'js-1' });
} catch (error) {
  read.reusedKey = error.type;
}
const session = await stripe.checkout.sessions.create({
  mode: 'payment', customer: customer.id, client_reference_id: 'r', success_url: 'https://x.test/ok',
  line_items: [{ quantity: 2, price_data: { currency: 'usd', unit_amount: 150, product_data: { name: 'Thing' } } }],
});
read.session = [session.object, session.status, session.amount_total, session.mode, session.url.includes('/test-payments/checkout/')];
const intent = await stripe.paymentIntents.create({ amount: 1000, currency: 'usd', customer: customer.id, payment_method_types: ['card'], metadata: { purchase_id: 'p' } });
read.intent = [intent.status, intent.client_secret.startsWith(intent.id)];
try {
  await stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_chargeDeclined' });
} catch (error) {
  read.declined = [error.type, error.code, error.statusCode];
}
const paid = await stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_visa' });
read.paid = [paid.status, paid.amount_received, paid.metadata.purchase_id];
const refund = await stripe.refunds.create({ payment_intent: intent.id, amount: 400 });
read.refund = [refund.status, refund.amount];
const account = await stripe.accounts.create({ type: 'express', country: 'US' });
const link = await stripe.accountLinks.create({ account: account.id, type: 'account_onboarding', return_url: 'https://x.test/b', refresh_url: 'https://x.test/r' });
read.account = [account.payouts_enabled, link.object, link.url.endsWith(account.id)];
try {
  await stripe.customers.retrieve('cus_nobody');
} catch (error) {
  read.missing = [error.type, error.code, error.statusCode];
}
const types = [];
for await (const event of stripe.events.list({ limit: 2 })) types.push(event.type);
read.events = types.includes('payment_intent.succeeded') && types.includes('charge.refunded') && types.length > 4;
const movements = await stripe.balanceTransactions.list({ limit: 10 });
read.movements = movements.data.map((m) => [m.type, m.amount]).slice(0, 2);
console.log(JSON.stringify(read));
