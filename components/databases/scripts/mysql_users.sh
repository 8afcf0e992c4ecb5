# Makes each login and its own database in MySQL; runs again without changing what is right.
#
# MASTER_HOST, MASTER_PORT, MASTER_USER and MASTER_PASSWORD lead to the server. LOGINS has a line for each user,
# `owner|user|password`: the owner is a database and a user of the same name, and a user without a password may not sign
# in. A login has two users by turns, with the same rights in that database.
#
# With PROVE it changes nothing, and fails unless each user signs in: to the server, and by POOL_HOST and POOL_PORT where
# there is a pool. With LOOK_AT it changes nothing either, and ends with 3 if that user has done anything in
# WITHIN_SECONDS, as far as its sessions of now tell.
#
# Passwords are never part of a command line. The statement that sets one names it as a literal: MySQL leaves exactly
# that out of its logs (dev.mysql.com/doc/refman/8.4/en/password-logging.html), and not what a variable holds.
set -eu
CLIENT=$(command -v mysql || command -v mariadb) || { echo "this image has no client of MySQL's" >&2; exit 1; }

# User and password come from the environment; `loose`: MariaDB's client does not know the option.
client() {
  MYSQL_PWD="$2" "$CLIENT" --no-defaults --loose-ssl-mode="${TLS_MODE:-REQUIRED}" --connect-timeout=60 \
    --host="$MASTER_HOST" --port="$MASTER_PORT" --protocol=TCP --user="$1" --batch --skip-column-names
}

sql() {
  client "$MASTER_USER" "$MASTER_PASSWORD"
}

signs_in() {
  printf 'USE %s;' "$(identifier "$OWNER")" | client "$ROLE" "$PASSWORD" > /dev/null
}

literal() {
  printf "'%s'" "$(printf '%s' "$1" | sed -e 's/\\/\\\\/g' -e "s/'/''/g")"
}

identifier() {
  printf '`%s`' "$(printf '%s' "$1" | sed -e 's/`/``/g')"
}

# In a grant, _ and % of a database's name stand for any character.
granted() {
  printf '`%s`' "$(printf '%s' "$1" | sed -e 's/`/``/g' -e 's/[_%]/\\&/g')"
}

# Calls a function for each line of LOGINS; what it calls may read its own input.
for_each_user() {
  while IFS='|' read -r OWNER ROLE PASSWORD <&3; do
    [ -n "$OWNER" ] || continue
    "$1"
  done 3<< LINES
$LOGINS
LINES
}

# A database of Aurora's that paused takes half a minute to wake up.
attempt=1
until echo 'SELECT 1;' | sql > /dev/null; do
  if [ "$attempt" -ge "${ATTEMPTS:-10}" ]; then
    echo "the database did not let its master user in after $attempt attempts" >&2
    exit 1
  fi
  attempt=$((attempt + 1))
  sleep 3
done

make_database() {
  sql << SQL
CREATE DATABASE IF NOT EXISTS $(identifier "$OWNER") CHARACTER SET utf8mb4;
SQL
}

# What MySQL says of a statement may quote it, and this one holds the password: only the error's number is shown.
set_password() {
  said=$(sql 2>&1 << SQL
SET SESSION sql_mode = '';
CREATE USER IF NOT EXISTS $(literal "$ROLE")@'%' IDENTIFIED BY $(literal "$PASSWORD");
ALTER USER $(literal "$ROLE")@'%' IDENTIFIED BY $(literal "$PASSWORD") ACCOUNT UNLOCK;
GRANT ALL PRIVILEGES ON $(granted "$OWNER").* TO $(literal "$ROLE")@'%';
SQL
  ) || { echo "user $ROLE: its password was not taken: $(echo "$said" | grep -o 'ERROR [0-9]*' | head -n 1)" >&2; exit 1; }
}

# Views and procedures that the user made go on working. Sessions stay when their user may not sign in any more: a
# password that has leaked must not leave any. RDS lets its master user end others' by a procedure of its own only.
shut_out() {
  sql << SQL
SET SESSION sql_mode = '';
ALTER USER IF EXISTS $(literal "$ROLE")@'%' ACCOUNT LOCK;
SQL
  for session in $(sessions_of "$ROLE" "SELECT id"); do
    echo "CALL mysql.rds_kill($session);" | sql > /dev/null 2>&1 || echo "KILL $session;" | sql > /dev/null 2>&1 ||
      echo "user $ROLE: session $session could not be ended" >&2
  done
  echo "user $ROLE: signs in no more"
}

sessions_of() {
  sql << SQL
SET SESSION sql_mode = '';
$2 FROM information_schema.processlist WHERE user = $(literal "$1") ${3:-};
SQL
}

settle() {
  [ "$ROLE" != "$OWNER" ] || make_database
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
  until (MASTER_HOST="$POOL_HOST" MASTER_PORT="$POOL_PORT" && signs_in); do
    if [ "$attempt" -ge "${POOL_ATTEMPTS:-60}" ]; then
      echo "user $ROLE does not get into database $OWNER by the pool" >&2
      exit 1
    fi
    attempt=$((attempt + 1))
    sleep 5
  done
  echo "user $ROLE: gets in"
}

if [ -n "${LOOK_AT:-}" ]; then
  sessions=$(sessions_of "$LOOK_AT" "SELECT count(*)" "AND (command <> 'Sleep' OR time <= $((WITHIN_SECONDS)))")
  echo "user $LOOK_AT: $sessions sessions of late"
  [ "$sessions" = 0 ] || exit 3
elif [ -n "${PROVE:-}" ]; then
  for_each_user prove
else
  for_each_user settle
fi
