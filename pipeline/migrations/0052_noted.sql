-- Objects that no record names and that are known to do no harm, such as what
-- an interrupted filing left: reconciling has told of them once.
CREATE TABLE noted_objects (
    object_key TEXT   NOT NULL PRIMARY KEY,
    noted      BIGINT NOT NULL
);
