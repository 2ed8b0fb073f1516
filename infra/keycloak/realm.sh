#!/bin/sh
# Makes the realm of realm.json with Keycloak's administration client. Sign in first:
#
#   kcadm.sh config credentials --server https://id.example.com --realm master --user admin
#
# Variables: CONSOLE, the origin of the console; REALM (kaphera); KCADM, the path of kcadm.sh.
set -eu
realm=${REALM:-kaphera}
console=${CONSOLE:?is the origin of the console, such as https://console.example.com}
kcadm=${KCADM:-kcadm.sh}

create() { "$kcadm" create "$@"; }

# Keycloak adds its own client scopes: basic, acr, email, profile, roles, web-origins, service_account, organization and others.
create realms -s realm="$realm" -s displayName=Kaphera -s enabled=true -s sslRequired=external -s accessTokenLifespan=300 \
  -s bruteForceProtected=true -s organizationsEnabled=true

create groups -r "$realm" -s name=platform-admins
create groups -r "$realm" -s name=platform-viewers

create client-scopes -r "$realm" -f - <<'JSON'
{
  "name": "kaphera-cloud-server",
  "description": "Makes tokens that Kaphera Cloud Server accepts: its audience, and groups with their full paths.",
  "protocol": "openid-connect",
  "attributes": { "include.in.token.scope": "false" },
  "protocolMappers": [
    {
      "name": "audience",
      "protocol": "openid-connect",
      "protocolMapper": "oidc-audience-mapper",
      "config": {
        "included.custom.audience": "kaphera-cloud-server",
        "access.token.claim": "true",
        "id.token.claim": "false"
      }
    },
    {
      "name": "groups",
      "protocol": "openid-connect",
      "protocolMapper": "oidc-group-membership-mapper",
      "config": {
        "claim.name": "groups",
        "full.path": "true",
        "access.token.claim": "true",
        "id.token.claim": "true"
      }
    }
  ]
}
JSON

narrowing() {
  create client-scopes -r "$realm" -s name="kaphera-cloud:$1" -s description="$2" -s protocol=openid-connect \
    -s 'attributes."include.in.token.scope"=true'
}
narrowing read 'Narrows a token to reading.'
narrowing write 'Narrows a token to reading and changing objects.'
narrowing admin 'Narrows a token to what administrators of an organization may do, members and settings included.'

people='["basic", "acr", "email", "profile", "roles", "web-origins", "kaphera-cloud-server"]'
services='["basic", "acr", "email", "profile", "roles", "web-origins", "service_account", "kaphera-cloud-server"]'
optional='["offline_access", "organization", "kaphera-cloud:read", "kaphera-cloud:write", "kaphera-cloud:admin"]'

create clients -r "$realm" -s clientId=kaphera-cli -s name='Command line' \
  -s description='Signs in people on a terminal by the device flow.' -s enabled=true -s publicClient=true \
  -s standardFlowEnabled=false -s directAccessGrantsEnabled=false \
  -s 'attributes."oauth2.device.authorization.grant.enabled"=true' \
  -s defaultClientScopes="$people" -s optionalClientScopes="$optional"

create clients -r "$realm" -s clientId=kaphera-console -s name=Console \
  -s description='Signs in people in a browser by authorization code with PKCE.' -s enabled=true -s publicClient=true \
  -s standardFlowEnabled=true -s directAccessGrantsEnabled=false \
  -s redirectUris="[\"$console/*\"]" -s webOrigins="[\"$console\"]" \
  -s 'attributes."pkce.code.challenge.method"=S256' -s 'attributes."post.logout.redirect.uris"=+' \
  -s defaultClientScopes="$people" -s optionalClientScopes="$optional"

service() {
  create clients -r "$realm" -s clientId="$1" -s name="$2" -s description="$3" -s enabled=true -s publicClient=false \
    -s standardFlowEnabled=false -s directAccessGrantsEnabled=false -s serviceAccountsEnabled=true \
    -s defaultClientScopes="$services" -s optionalClientScopes="$optional"
}
service ci Pipelines 'Service account of pipelines, by client credentials.'
service terraform Terraform 'Service account of Terraform, by client credentials.'
