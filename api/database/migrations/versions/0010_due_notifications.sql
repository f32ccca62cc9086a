-- Only a sender reads due notifications, and only those for a webhook: notifications in the app of
-- a phone that is switched off stay pending, and would be read again with every batch.

DROP INDEX notification_due;
CREATE INDEX notification_due ON notification (due_at)
    WHERE state = 'pending' AND channel = 'webhook';
