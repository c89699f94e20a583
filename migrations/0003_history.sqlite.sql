-- +goose Up
-- Imports and the other changes of the manifest (undo, fold, merge). A change
-- is a draft while version is 0, being deleted at -1, visible from version on,
-- and no longer from undone_version on.
CREATE TABLE imports (
    id             BIGINT NOT NULL PRIMARY KEY,
    change         TEXT   NOT NULL,
    feed           TEXT   NOT NULL,
    files          TEXT   NOT NULL,
    hash           TEXT   NOT NULL,
    backfill       INTEGER NOT NULL,
    started        BIGINT NOT NULL,
    published      BIGINT NOT NULL,
    undone         BIGINT NOT NULL,
    version        BIGINT NOT NULL,
    undone_version BIGINT NOT NULL,
    rows_read      BIGINT NOT NULL,
    added          BIGINT NOT NULL,
    corrected      BIGINT NOT NULL,
    retracted      BIGINT NOT NULL,
    unchanged      BIGINT NOT NULL,
    rejected       BIGINT NOT NULL,
    assumed        BIGINT NOT NULL,
    customers      BIGINT NOT NULL,
    note           TEXT   NOT NULL
);

CREATE INDEX imports_version ON imports (version);
CREATE INDEX imports_feed ON imports (feed, hash);

CREATE TABLE rejections (
    import_id BIGINT NOT NULL,
    seq       BIGINT NOT NULL,
    file      TEXT   NOT NULL,
    row_no    BIGINT NOT NULL,
    col       TEXT   NOT NULL,
    value     TEXT   NOT NULL,
    reason    TEXT   NOT NULL,
    PRIMARY KEY (import_id, seq)
) WITHOUT ROWID;

-- The words behind the codes kept in events; list is kind or channel.
CREATE TABLE vocabulary (
    list TEXT    NOT NULL,
    code INTEGER NOT NULL,
    word TEXT    NOT NULL,
    PRIMARY KEY (list, code),
    UNIQUE (list, word)
);

INSERT INTO vocabulary (list, code, word) VALUES ('kind', 0, 'other'), ('channel', 0, '');

CREATE TABLE customers (
    partition INTEGER NOT NULL,
    id        BIGINT  NOT NULL,
    import_id BIGINT  NOT NULL,
    source    TEXT    NOT NULL,
    key       TEXT    NOT NULL,
    name      TEXT    NOT NULL,
    PRIMARY KEY (partition, id, import_id)
) WITHOUT ROWID;

CREATE INDEX customers_id ON customers (id);

-- alias: the key is not the one whose hash is the customer's id.
CREATE TABLE source_keys (
    source    TEXT    NOT NULL,
    key       TEXT    NOT NULL,
    import_id BIGINT  NOT NULL,
    customer  BIGINT  NOT NULL,
    alias     INTEGER NOT NULL,
    PRIMARY KEY (source, key, import_id)
) WITHOUT ROWID;

CREATE INDEX source_keys_alias ON source_keys (source) WHERE alias = 1;
CREATE INDEX source_keys_customer ON source_keys (customer);

-- What a customer is found by: k:key, n:name word, e:e-mail, p:digits reversed.
CREATE TABLE customer_terms (
    term      TEXT   NOT NULL,
    customer  BIGINT NOT NULL,
    import_id BIGINT NOT NULL,
    PRIMARY KEY (term, customer, import_id)
) WITHOUT ROWID;

-- Merges. A link stands for versions in [from_version, ended_version), or
-- [from_version, ...) while ended_version is 0.
CREATE TABLE customer_links (
    from_id        BIGINT  NOT NULL,
    from_version   BIGINT  NOT NULL,
    to_id          BIGINT  NOT NULL,
    from_partition INTEGER NOT NULL,
    to_partition   INTEGER NOT NULL,
    recorded       BIGINT  NOT NULL,
    ended          BIGINT  NOT NULL,
    ended_version  BIGINT  NOT NULL,
    PRIMARY KEY (from_id, from_version)
) WITHOUT ROWID;

CREATE INDEX customer_links_to ON customer_links (to_id);

-- Every fact that is not an event, in the order in which shards read them.
CREATE TABLE facts (
    partition INTEGER NOT NULL,
    customer  BIGINT  NOT NULL,
    kind      TEXT    NOT NULL,
    ref       BIGINT  NOT NULL,
    recorded  BIGINT  NOT NULL,
    import_id BIGINT  NOT NULL,
    occurred  BIGINT  NOT NULL,
    assumed   INTEGER NOT NULL,
    retracted INTEGER NOT NULL,
    hash      BIGINT  NOT NULL,
    body      TEXT    NOT NULL,
    PRIMARY KEY (partition, customer, kind, ref, recorded, import_id)
) WITHOUT ROWID;

-- Events that arrived one by one, until the night folds them into segments.
CREATE TABLE events_single (
    partition INTEGER NOT NULL,
    customer  BIGINT  NOT NULL,
    ref       BIGINT  NOT NULL,
    recorded  BIGINT  NOT NULL,
    import_id BIGINT  NOT NULL,
    occurred  BIGINT  NOT NULL,
    flags     INTEGER NOT NULL,
    kind      INTEGER NOT NULL,
    amount    BIGINT  NOT NULL,
    quantity  DOUBLE PRECISION NOT NULL,
    channel   INTEGER NOT NULL,
    folded_by BIGINT  NOT NULL,
    PRIMARY KEY (partition, customer, ref, recorded, import_id)
) WITHOUT ROWID;

-- Immutable blocks of events: one Parquet file per partition and month.
CREATE TABLE segments (
    id        INTEGER NOT NULL PRIMARY KEY,
    partition INTEGER NOT NULL,
    month     INTEGER NOT NULL,
    row_count BIGINT  NOT NULL,
    min_at    BIGINT  NOT NULL,
    max_at    BIGINT  NOT NULL,
    checksum  TEXT    NOT NULL,
    import_id BIGINT  NOT NULL,
    payload   BLOB    NOT NULL
);

CREATE INDEX segments_import ON segments (import_id);

-- The manifest. Live at version v is, for each partition and month, the row
-- whose change has the highest version <= v; segment_id 0 says that the month
-- is empty. replaces is what the change found live, checked at publication.
CREATE TABLE segment_live (
    partition  INTEGER NOT NULL,
    month      INTEGER NOT NULL,
    import_id  BIGINT  NOT NULL,
    segment_id BIGINT  NOT NULL,
    replaces   BIGINT  NOT NULL,
    PRIMARY KEY (partition, month, import_id)
) WITHOUT ROWID;

CREATE INDEX segment_live_import ON segment_live (import_id);
