#!/usr/bin/env bash
# usage: infra/local/dataspace.sh [NAME]
# Builds a dataspace through the API alone, against `npm start`: an authority with an issuer and a dataspace, a
# company with a connector and a data plane, and a membership that the authority approves. Needs curl.
# The organizations are NAME-authority and NAME-company (default: demo), so each run needs a new name.
set -euo pipefail
api=http://127.0.0.1:${PORT:-8787}
name=${1:-demo}

token() { npm run -s token -- "$1"; }
admin=$(token platform-admin) authority=$(token catena-authority) company=$(token acme-owner)

# call TOKEN METHOD PATH [BODY]: returns once the object is ready; an error is printed and ends the script.
call() {
  local answer
  answer=$(curl -sS --fail-with-body -X "$2" "$api$3" -H "Authorization: Bearer $1" -H 'Prefer: wait=30' \
    ${4:+-H 'Content-Type: application/yaml' --data-binary "$4"}) || { printf '%s\n' "$answer" >&2; exit 1; }
}
# create TOKEN PATH NAME SPEC
create() {
  call "$1" POST "$2" "metadata: {name: $3}
spec: $4"
  echo "ready: $2/$3"
}

create "$admin" /v1/organizations "$name-authority" "{displayName: Authority, deletionProtection: false}"
create "$admin" /v1/organizations "$name-company" "{displayName: Company, deletionProtection: false}"
a=/v1/organizations/$name-authority c=/v1/organizations/$name-company
create "$admin" "$a/organizationmembers" owner "{subject: {kind: User, email: catena-authority@example.com}, role: owner}"
create "$admin" "$c/organizationmembers" owner "{subject: {kind: User, email: acme-owner@example.com}, role: owner}"

create "$authority" "$a/vaults" vault "{mode: Managed, managed: {version: 1.20.4}}"
create "$authority" "$a/credentialissuers" issuer "{did: 'did:web:issuer.$name.example', hostname: issuer.$name.example,
  version: 0.14.0, vaultRef: {name: vault}, database: {mode: Managed}}"
create "$authority" "$a/dataspaceprofiles" space "{dataspaceId: 'https://$name.example', authorityRef: {name: $name-authority},
  protocol: {version: '2025-1'}, trustedIssuers: [{id: 'did:web:issuer.$name.example'}], visibility: Public, lifecycle: Published}"

create "$company" "$c/vaults" vault "{mode: Managed, managed: {version: 1.20.4}}"
create "$company" "$c/identityhubs" hub "{version: 0.14.0, hostname: id.$name.example, vaultRef: {name: vault}, database: {mode: Managed}}"
create "$company" "$c/participants" company "{did: 'did:web:$name.example', identityHubRef: {name: hub}}"
create "$company" "$c/connectors" edc "{version: 0.12.0, participantRef: {name: company}, identityHubRef: {name: hub},
  vaultRef: {name: vault}, database: {mode: Managed}}"
create "$company" "$c/dataplanes" bulk "{connectorRef: {name: edc}}"

# A membership becomes ready only after the authority's decision, so this does not wait for it.
curl -sS --fail-with-body -o /dev/null "$api$c/dataspacememberships" -H "Authorization: Bearer $company" \
  -H 'Content-Type: application/yaml' --data-binary "metadata: {name: member}
spec: {participantRef: {name: company}, dataspaceRef: {name: space, namespace: org-$name-authority}}"
call "$authority" POST "$c/dataspacememberships/member/approve" '{reason: documents are complete}'
call "$company" GET "$c/dataspacememberships/member"
echo "ready: $c/dataspacememberships/member"
