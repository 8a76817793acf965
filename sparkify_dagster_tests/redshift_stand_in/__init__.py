"""A stand-in for Amazon Redshift, for tests.

    with RedshiftStandIn(postgres=uri, s3_endpoint=url, password="…") as redshift:
        psycopg2.connect(host=redshift.host, port=redshift.port, dbname=redshift.database,
                         user=redshift.user, password=redshift.password,
                         sslmode="verify-full", sslrootcert=redshift.ca_file)

A server on loopback that speaks PostgreSQL's wire protocol in front of a real PostgreSQL and
behaves as Redshift where the two differ. How a statement goes through it:

- `server`, `login`, `session`, `protocol`, `certificate`: TLS, password, a thread a connection;
- `faults`: what the test wants to go wrong;
- `lexer`, `gate`, `constructs`, `functions`, `leader`: what Redshift refuses, is refused here;
- `translate`, `ddl`, `parameters`, `principals`: what is left, in PostgreSQL's words;
- `locks`, `dependencies`: whom a statement waits for, and what may not be dropped;
- `copy_command`, `copy_role`, `copy_files`, `copy_json`, `copy_values`, `copy_load`,
  `load_errors`: COPY;
- `backend`, `database`, `catalogue_*.sql`: PostgreSQL, with Redshift's VARCHAR (bytes counted,
  trailing blanks insignificant in comparison), functions and system views in schema `redshift`.

Each rule has its source, next to the code (`RULES`) and in docs/redshift-rules.md (`rule_book`).
`RedshiftStandIn.recording()` counts statements, writing transactions and different texts.

Not imitated:

- performance, distribution, sorting, compression, statistics, VACUUM, EXPLAIN's plans, WLM queues;
- UNLOAD, Spectrum, datashares, materialised views, stored procedures, UDFs, SUPER, IDENTITY,
  LISTAGG and the other functions in `functions.NOT_IMITATED`; these are refused by that name;
- privileges on anything but tables and schemas, and column privileges; who may only INSERT may not
  write here; users, groups and roles are not transactional; a NOT NULL, a type and a VARCHAR's
  width are all that a table enforces;
- snapshots are PostgreSQL's (repeatable read, or serializable on request) and conflicts are found
  by row, where Redshift's serializable finds them by table; load errors and the catalogue show
  what a snapshot taken earlier allows;
- correlated subqueries that Redshift cannot run, its limits on joins, statement size and
  expression depth;
- blanks at the end of an expression that is no column count in GROUP BY and DISTINCT; a cast to
  DECIMAL rounds; AVG of integers is a DECIMAL; EXTRACT is a NUMERIC; CHAR(n) counts characters;
- the order in which parallel slices report COPY's errors, errors beyond MAXERROR, `position` within
  a record, COPY in other formats than JSON, keys and credentials instead of a role, role chaining;
- a client's cancel request from the test's own process: psycopg2's `connection.cancel()` holds
  the GIL, which the server's threads need, and waits for ever (statement_timeout works);
- the extended query protocol (psycopg2 does not use it), GSS and IAM logins (a test puts temporary
  users and passwords into `passwords`).
"""

from sparkify_dagster_tests.redshift_stand_in.errors import RedshiftError
from sparkify_dagster_tests.redshift_stand_in.faults import Faults
from sparkify_dagster_tests.redshift_stand_in.server import Recording, RedshiftStandIn, Statement

__all__ = ["Faults", "Recording", "RedshiftError", "RedshiftStandIn", "Statement"]
