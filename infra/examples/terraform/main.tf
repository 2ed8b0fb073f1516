# A vault and a connector that uses it, managed by server-side apply.

terraform {
  required_providers {
    restapi = {
      source  = "Mastercard/restapi"
      version = "~> 2.0"
    }
  }
}

variable "server" {
  description = "URL of the server, e.g. https://api.example.com."
  type        = string
}

variable "token_endpoint" {
  description = "Token endpoint of the issuer that the server's /capabilities names."
  type        = string
}

variable "client_secret" {
  description = "Secret of the client terraform (infra/keycloak)."
  type        = string
  sensitive   = true
}

variable "organization" {
  description = "Name of the organization."
  type        = string
}

locals {
  path = "/v1/organizations/${var.organization}"
}

provider "restapi" {
  uri                  = var.server
  id_attribute         = "metadata/name"
  write_returns_object = true
  create_method        = "PATCH"
  update_method        = "PATCH"
  headers = {
    "Content-Type"    = "application/apply-patch+json"
    "X-Field-Manager" = "terraform"
    "Prefer"          = "wait=60"
  }
  oauth_client_credentials {
    oauth_client_id      = "terraform"
    oauth_client_secret  = var.client_secret
    oauth_token_endpoint = var.token_endpoint
    oauth_scopes         = ["kaphera-cloud:admin"]
  }
}

resource "restapi_object" "vault" {
  path                    = "${local.path}/vaults"
  create_path             = "${local.path}/vaults/{id}"
  ignore_server_additions = true
  data                    = jsonencode(yamldecode(file("${path.module}/vault.yaml")))
}

resource "restapi_object" "connector" {
  path                    = "${local.path}/connectors"
  create_path             = "${local.path}/connectors/{id}"
  ignore_server_additions = true
  data                    = jsonencode(yamldecode(file("${path.module}/connector.yaml")))
  depends_on              = [restapi_object.vault]
}
