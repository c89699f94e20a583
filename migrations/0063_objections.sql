-- +goose Up
-- Who said no to being profiled, under which import (0 at the desk), so that
-- the lists that are shown, and one in the making, leave them out at once.
CREATE TABLE objections (
    import_id BIGINT  NOT NULL,
    customer  BIGINT  NOT NULL,
    PRIMARY KEY (import_id, customer)
);
