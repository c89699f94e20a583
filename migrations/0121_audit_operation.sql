-- +goose Up
-- The entries of the audit that concern how the system is run, and no customer
-- (access.Entry.OfOperation), so that an operator's page reads no others.
CREATE TABLE audit_operation (
    entry BIGINT NOT NULL PRIMARY KEY
);

INSERT INTO audit_operation (entry)
SELECT id FROM audit WHERE what LIKE 'change a user: %' OR what IN (
    'add a token',
    'add a user',
    'change a role',
    'change a user',
    'change the roster',
    'consent to a model',
    'disable a user',
    'end the hold',
    'fall back to a list',
    'hold the next list',
    'import a model',
    'pause a treatment',
    'promote a model',
    'release a held list',
    'release a list',
    'release a list again',
    'resume a night',
    'resume a treatment',
    'retry a job',
    'revoke a token',
    'roll back to a model',
    'run a night again',
    'sign in',
    'sign-in refused',
    'plan the day again',
    'take back a change of the roster',
    'undo an import',
    'withdraw a list'
);
