#!/bin/sh
# Writes random passwords for docker-compose.yml to .env, which only its owner can read then. Keeps the
# passwords that are there already, since the databases keep theirs.
set -eu
cd "$(dirname "$0")/.."
umask 077
touch .env
chmod 600 .env
for name in INVENTORY_DB INVENTORY_APP_DB ORDERS_DB ORDERS_APP_DB; do
  if ! grep -q "^${name}_PASSWORD=." .env; then
    # The last line of a file that was edited by hand may lack its end.
    [ -z "$(tail -c 1 .env)" ] || echo >>.env
    echo "${name}_PASSWORD=$(od -An -v -tx1 -N24 /dev/urandom | tr -d ' \n')" >>.env
  fi
done
echo 'The passwords of the databases are in .env.'
