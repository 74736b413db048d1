-- Mail may carry secret links: the app role only posts it.
REVOKE SELECT, UPDATE, DELETE ON notifications.mails FROM hermes_app;
