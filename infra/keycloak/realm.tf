# The realm of realm.json for the Terraform provider of Keycloak.
terraform {
  required_providers {
    keycloak = {
      source  = "keycloak/keycloak"
      version = ">= 5.2"
    }
  }
}

variable "console" {
  type        = string
  description = "Origin of the console, such as https://console.example.com"
}

resource "keycloak_realm" "kaphera" {
  realm                 = "kaphera"
  display_name          = "Kaphera"
  enabled               = true
  ssl_required          = "external"
  access_token_lifespan = "5m"
  organizations_enabled = true

  security_defenses {
    brute_force_detection {}
  }
}

resource "keycloak_group" "platform" {
  for_each = toset(["platform-admins", "platform-viewers"])
  realm_id = keycloak_realm.kaphera.id
  name     = each.key
}

resource "keycloak_openid_client_scope" "server" {
  realm_id               = keycloak_realm.kaphera.id
  name                   = "kaphera-cloud-server"
  description            = "Makes tokens that Kaphera Cloud Server accepts: its audience, and groups with their full paths."
  include_in_token_scope = false
}

resource "keycloak_openid_audience_protocol_mapper" "audience" {
  realm_id                 = keycloak_realm.kaphera.id
  client_scope_id          = keycloak_openid_client_scope.server.id
  name                     = "audience"
  included_custom_audience = "kaphera-cloud-server"
  add_to_access_token      = true
  add_to_id_token          = false
}

resource "keycloak_openid_group_membership_protocol_mapper" "groups" {
  realm_id            = keycloak_realm.kaphera.id
  client_scope_id     = keycloak_openid_client_scope.server.id
  name                = "groups"
  claim_name          = "groups"
  full_path           = true
  add_to_access_token = true
  add_to_id_token     = true
}

resource "keycloak_openid_client_scope" "narrowing" {
  for_each = {
    "kaphera-cloud:read"  = "Narrows a token to reading."
    "kaphera-cloud:write" = "Narrows a token to reading and changing objects."
    "kaphera-cloud:admin" = "Narrows a token to what administrators of an organization may do, members and settings included."
  }
  realm_id               = keycloak_realm.kaphera.id
  name                   = each.key
  description            = each.value
  include_in_token_scope = true
}

resource "keycloak_openid_client" "cli" {
  realm_id                                  = keycloak_realm.kaphera.id
  client_id                                 = "kaphera-cli"
  name                                      = "Command line"
  description                               = "Signs in people on a terminal by the device flow."
  access_type                               = "PUBLIC"
  oauth2_device_authorization_grant_enabled = true
}

resource "keycloak_openid_client" "console" {
  realm_id                        = keycloak_realm.kaphera.id
  client_id                       = "kaphera-console"
  name                            = "Console"
  description                     = "Signs in people in a browser by authorization code with PKCE."
  access_type                     = "PUBLIC"
  standard_flow_enabled           = true
  pkce_code_challenge_method      = "S256"
  valid_redirect_uris             = ["${var.console}/*"]
  valid_post_logout_redirect_uris = ["+"]
  web_origins                     = [var.console]
}

resource "keycloak_openid_client" "service" {
  for_each = {
    "ci"        = { name = "Pipelines", description = "Service account of pipelines, by client credentials." }
    "terraform" = { name = "Terraform", description = "Service account of Terraform, by client credentials." }
  }
  realm_id                 = keycloak_realm.kaphera.id
  client_id                = each.key
  name                     = each.value.name
  description              = each.value.description
  access_type              = "CONFIDENTIAL"
  service_accounts_enabled = true
}

locals {
  people   = { cli = keycloak_openid_client.cli.id, console = keycloak_openid_client.console.id }
  services = { for name, client in keycloak_openid_client.service : name => client.id }
  default  = ["basic", "acr", "email", "profile", "roles", "web-origins", keycloak_openid_client_scope.server.name]
}

resource "keycloak_openid_client_default_scopes" "default" {
  for_each       = merge(local.people, local.services)
  realm_id       = keycloak_realm.kaphera.id
  client_id      = each.value
  default_scopes = contains(keys(local.services), each.key) ? concat(local.default, ["service_account"]) : local.default
}

resource "keycloak_openid_client_optional_scopes" "optional" {
  for_each  = merge(local.people, local.services)
  realm_id  = keycloak_realm.kaphera.id
  client_id = each.value
  optional_scopes = concat(
    ["offline_access", "organization"],
    [for scope in keycloak_openid_client_scope.narrowing : scope.name],
  )
}
