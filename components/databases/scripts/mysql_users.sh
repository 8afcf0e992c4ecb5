# Makes each user and its own database in MySQL; runs again without changing what is right.
#
# MASTER_HOST, MASTER_PORT, MASTER_USER and MASTER_PASSWORD lead to the server. USERS is the number of users, and of
# each there are ROLE_<n>, DATABASE_<n> and PASSWORD_<n>, counted from 1.
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
  printf 'USE %s;' "$(identifier "$DATABASE")" | client "$ROLE" "$PASSWORD" > /dev/null
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
CREATE DATABASE IF NOT EXISTS $(identifier "$DATABASE") CHARACTER SET utf8mb4;
SQL
}

# What MySQL says of a statement may quote it, and this one holds the password: only the error's number is shown.
set_password() {
  said=$(sql 2>&1 << SQL
SET SESSION sql_mode = '';
CREATE USER IF NOT EXISTS $(literal "$ROLE")@'%' IDENTIFIED BY $(literal "$PASSWORD");
ALTER USER $(literal "$ROLE")@'%' IDENTIFIED BY $(literal "$PASSWORD");
GRANT ALL PRIVILEGES ON $(granted "$DATABASE").* TO $(literal "$ROLE")@'%';
SQL
  ) || { echo "user $ROLE: its password was not taken: $(echo "$said" | grep -o 'ERROR [0-9]*' | head -n 1)" >&2; exit 1; }
}

number=1
while [ "$number" -le "$USERS" ]; do
  eval "ROLE=\$ROLE_$number DATABASE=\$DATABASE_$number PASSWORD=\$PASSWORD_$number"
  make_database
  if signs_in 2> /dev/null; then
    echo "user $ROLE: as it was"
  else
    set_password
    signs_in
    echo "user $ROLE: has its password"
  fi
  number=$((number + 1))
done
