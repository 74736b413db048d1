// Signs a payload as Stripe does: sign.js <secret> <timestamp>, the payload on standard input, the header on standard output.
import Stripe from 'stripe';

const [secret, timestamp] = process.argv.slice(2);
let payload = '';
for await (const chunk of process.stdin) payload += chunk;
const stripe = new Stripe('sk_test_not_used');
process.stdout.write(stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp: Number(timestamp) }));
