# Makes each user and its own database in PostgreSQL; runs again without changing what is right.
#
# PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE lead to the database as its master user. USERS is their number, and
# of each there are ROLE_<n>, DATABASE_<n> and PASSWORD_<n>, counted from 1. EXTENSIONS are made in each of the
# databases, MASTER_EXTENSIONS in the one that PGDATABASE names; both are separated by commas.
#
# MONITOR is the user as whom a pool looks into the database "postgres", if it has one.
#
# Names and passwords are never part of a command line, nor of SQL's text: psql quotes the names, and \password sends a
# password as the hash that the server keeps. Whatever would log or count statements sees no password.
set -eu
export PGCONNECT_TIMEOUT="${PGCONNECT_TIMEOUT:-60}" PGAPPNAME="headroom users" PGSSLMODE="${PGSSLMODE:-require}"
export MONITOR="${MONITOR:-}"
export PGOPTIONS="-c client_min_messages=warning -c lock_timeout=60s"

sql() {
  psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 "$@"
}

signs_in() {
  PGUSER="$ROLE" PGDATABASE="$DATABASE" PGPASSWORD="$PASSWORD" sql --command "SELECT 1" > /dev/null
}

# A database of Aurora's that paused takes half a minute to wake up.
attempt=1
until sql --command "SELECT 1" > /dev/null; do
  if [ "$attempt" -ge "${ATTEMPTS:-10}" ]; then
    echo "the database did not let its master user in after $attempt attempts" >&2
    exit 1
  fi
  attempt=$((attempt + 1))
  sleep 3
done

make_role_and_database() {
  sql << 'SQL'
\getenv role ROLE
\getenv database DATABASE
\getenv monitor MONITOR
SELECT format('CREATE ROLE %I LOGIN', :'role')
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \gexec
-- Who is no superuser gives a database only to a role that it is a member of.
SELECT format('GRANT %I TO CURRENT_USER', :'role')
  WHERE NOT pg_has_role(current_user, :'role', 'USAGE') \gexec
SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'role')
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
SELECT format('ALTER DATABASE %I OWNER TO %I', :'database', :'role')
  FROM pg_database JOIN pg_roles ON pg_roles.oid = datdba
  WHERE datname = :'database' AND rolname <> :'role' \gexec
-- Everybody may connect to a new database, and to those that PostgreSQL comes with.
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', datname) FROM pg_database
  WHERE datname IN (:'database', current_database(), 'postgres')
    AND pg_has_role(current_user, datdba, 'USAGE')
    AND (datacl IS NULL OR EXISTS (SELECT FROM aclexplode(datacl) WHERE grantee = 0))
    AND (datname <> 'postgres' OR :'monitor' = '' OR EXISTS (SELECT FROM pg_roles WHERE rolname = :'monitor')) \gexec
-- RDS Proxy looks into "postgres" as a user of its own, which RDS makes when the proxy comes: until then, everybody may.
SELECT format('GRANT CONNECT ON DATABASE postgres TO %I', rolname) FROM pg_roles
  WHERE rolname = :'monitor' AND NOT has_database_privilege(rolname, 'postgres', 'CONNECT') \gexec
SELECT 'GRANT CONNECT ON DATABASE postgres TO PUBLIC' FROM pg_database
  WHERE datname = 'postgres' AND :'monitor' <> '' AND pg_has_role(current_user, datdba, 'USAGE')
    AND NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'monitor')
    AND datacl IS NOT NULL
    AND NOT EXISTS (SELECT FROM aclexplode(datacl) WHERE grantee = 0 AND privilege_type = 'CONNECT') \gexec
SQL
}

make_extensions() {
  PGDATABASE="$1" NAMES="$2" sql << 'SQL'
\getenv names NAMES
SELECT format('CREATE EXTENSION %I CASCADE', name) FROM unnest(string_to_array(:'names', ',')) AS name
  WHERE NOT EXISTS (SELECT FROM pg_extension WHERE extname = name) \gexec
SQL
}

set_password() {
  quoted=$(printf '%s' "$ROLE" | sed 's/"/""/g')
  # Without a terminal psql reads what it asks for, twice, from its input.
  printf '%s\n%s\n' "$PASSWORD" "$PASSWORD" | sql --command "\\password \"$quoted\"" > /dev/null
}

[ -z "${MASTER_EXTENSIONS:-}" ] || make_extensions "$PGDATABASE" "$MASTER_EXTENSIONS"

number=1
while [ "$number" -le "$USERS" ]; do
  eval "ROLE=\$ROLE_$number DATABASE=\$DATABASE_$number PASSWORD=\$PASSWORD_$number"
  export ROLE DATABASE
  make_role_and_database
  [ -z "${EXTENSIONS:-}" ] || make_extensions "$DATABASE" "$EXTENSIONS"
  if signs_in 2> /dev/null; then
    echo "user $ROLE: as it was"
  else
    set_password
    signs_in
    echo "user $ROLE: has its password"
  fi
  number=$((number + 1))
done
