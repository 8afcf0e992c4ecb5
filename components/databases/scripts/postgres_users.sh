# Makes each login and its own database in PostgreSQL; runs again without changing what is right.
#
# PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE lead to the database as its master user. LOGINS has a line for each
# user, `owner|user|password`: the owner is a role and a database of the same name, and a user without a password may not
# sign in. A login has two users by turns, the owner itself and one that becomes the owner when it signs in: so that both
# see and make the same, whichever is the one of today (functions/rotate_secret/kinds/database_user.py).
#
# EXTENSIONS are made in each of the databases, MASTER_EXTENSIONS in the one that PGDATABASE names; both are separated by
# commas. MONITOR is the user as whom a pool looks into the database "postgres", if it has one.
#
# With PROVE it changes nothing, and fails unless each user signs in: to the database, and by POOL_HOST and POOL_PORT
# where there is a pool. With LOOK_AT it changes nothing either, and ends with 3 if that user has done anything in
# WITHIN_SECONDS, as far as its sessions of now tell.
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
  PGUSER="$ROLE" PGDATABASE="$OWNER" PGPASSWORD="$PASSWORD" sql --command "SELECT 1" > /dev/null
}

# Calls a function for each line of LOGINS; what it calls may read its own input.
for_each_user() {
  while IFS='|' read -r OWNER ROLE PASSWORD <&3; do
    [ -n "$OWNER" ] || continue
    export OWNER ROLE
    "$1"
  done 3<< LINES
$LOGINS
LINES
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

make_owner_and_database() {
  sql << 'SQL'
\getenv role OWNER
\getenv monitor MONITOR
SELECT format('CREATE ROLE %I', :'role')
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \gexec
-- Who is no superuser gives a database only to a role that it is a member of.
SELECT format('GRANT %I TO CURRENT_USER', :'role')
  WHERE NOT pg_has_role(current_user, :'role', 'USAGE') \gexec
SELECT format('CREATE DATABASE %I OWNER %I', :'role', :'role')
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'role') \gexec
SELECT format('ALTER DATABASE %I OWNER TO %I', :'role', :'role')
  FROM pg_database JOIN pg_roles ON pg_roles.oid = datdba
  WHERE datname = :'role' AND rolname <> :'role' \gexec
-- Everybody may connect to a new database, and to those that PostgreSQL comes with.
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', datname) FROM pg_database
  WHERE datname IN (:'role', current_database(), 'postgres')
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

# The other user of a login becomes the owner as it signs in, so that what it makes is the owner's.
make_other_user() {
  sql << 'SQL'
\getenv owner OWNER
\getenv role ROLE
SELECT format('CREATE ROLE %I', :'role')
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \gexec
SELECT format('GRANT %I TO CURRENT_USER', :'role')
  WHERE NOT pg_has_role(current_user, :'role', 'USAGE') \gexec
SELECT format('GRANT %I TO %I', :'owner', :'role')
  WHERE NOT pg_has_role(:'role', :'owner', 'USAGE') \gexec
SELECT format('ALTER ROLE %I SET role = %L', :'role', :'owner') WHERE NOT EXISTS (
  SELECT FROM pg_db_role_setting JOIN pg_roles ON pg_roles.oid = setrole
  WHERE rolname = :'role' AND setdatabase = 0 AND 'role=' || :'owner' = ANY (setconfig)) \gexec
SQL
}

# Who takes the owner's role off (SET ROLE none) makes things of its own: they are handed over.
hand_over() {
  PGDATABASE="$OWNER" sql << 'SQL' || echo "user $ROLE: what it owns could not be handed over to $OWNER" >&2
\getenv owner OWNER
\getenv role ROLE
SELECT format('REASSIGN OWNED BY %I TO %I', :'role', :'owner') WHERE EXISTS (
  SELECT FROM pg_shdepend JOIN pg_roles ON pg_roles.oid = refobjid
    JOIN pg_database ON pg_database.oid = dbid
  WHERE rolname = :'role' AND deptype = 'o' AND datname = current_database()) \gexec
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
  sql << 'SQL'
\getenv role ROLE
SELECT format('ALTER ROLE %I LOGIN', :'role') \gexec
SQL
}

may_sign_in() {
  sql --tuples-only --no-align << 'SQL'
\getenv role ROLE
SELECT count(*) FROM pg_roles WHERE rolname = :'role' AND rolcanlogin;
SQL
}

# Sessions stay when their user may not sign in any more: a password that has leaked must not leave any.
shut_out() {
  [ "$(may_sign_in)" = 1 ] || return 0
  sql > /dev/null << 'SQL'
\getenv role ROLE
SELECT format('ALTER ROLE %I NOLOGIN PASSWORD NULL', :'role') \gexec
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = :'role' AND pid <> pg_backend_pid();
SQL
  echo "user $ROLE: signs in no more"
}

settle() {
  if [ "$ROLE" = "$OWNER" ]; then
    make_owner_and_database
    [ -z "${EXTENSIONS:-}" ] || make_extensions "$OWNER" "$EXTENSIONS"
  elif [ -n "$PASSWORD" ]; then
    make_other_user
  fi
  [ "$ROLE" = "$OWNER" ] || hand_over
  if [ -z "$PASSWORD" ]; then
    shut_out
  elif signs_in 2> /dev/null; then
    echo "user $ROLE: as it was"
  else
    set_password
    signs_in
    echo "user $ROLE: has its password"
  fi
}

prove() {
  [ -n "$PASSWORD" ] || return 0
  signs_in || { echo "user $ROLE does not get into database $OWNER" >&2; exit 1; }
  [ -n "${POOL_HOST:-}" ] || return 0
  attempt=1
  until (PGHOST="$POOL_HOST" PGPORT="$POOL_PORT" && signs_in); do
    if [ "$attempt" -ge "${POOL_ATTEMPTS:-60}" ]; then
      echo "user $ROLE does not get into database $OWNER by the pool" >&2
      exit 1
    fi
    attempt=$((attempt + 1))
    sleep 5
  done
  echo "user $ROLE: gets in"
}

in_use() {
  sql --tuples-only --no-align << 'SQL'
\getenv role LOOK_AT
\getenv within WITHIN_SECONDS
SELECT count(*) FROM pg_stat_activity WHERE usename = :'role'
  AND (state <> 'idle' OR greatest(backend_start, state_change) > now() - make_interval(secs => :'within'));
SQL
}

if [ -n "${LOOK_AT:-}" ]; then
  sessions=$(in_use)
  echo "user $LOOK_AT: $sessions sessions of late"
  [ "$sessions" = 0 ] || exit 3
elif [ -n "${PROVE:-}" ]; then
  for_each_user prove
else
  [ -z "${MASTER_EXTENSIONS:-}" ] || make_extensions "$PGDATABASE" "$MASTER_EXTENSIONS"
  for_each_user settle
fi
