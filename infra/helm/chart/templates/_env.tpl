{{/* The environment of a container. Takes root and further variables. A value that is not set has no variable. */}}
{{- define "kaphera-cloud-server.env" -}}
{{- $values := (first .).Values -}}
{{- $oidc := $values.oidc -}}
{{- $origins := kindIs "slice" $values.corsOrigins | ternary (join " " $values.corsOrigins) $values.corsOrigins -}}
{{- $policy := kindIs "map" $values.authPolicy | ternary (toRawJson $values.authPolicy) $values.authPolicy -}}
{{- $authorities := list "/etc/ssl/certs" -}}
{{- if $values.caConfigMap -}}
{{- $authorities = append $authorities "/etc/kaphera-cloud-server/authorities" -}}
{{- end -}}
{{- $variables := list
  (list "OIDC_ISSUER" $oidc.issuer)
  (list "OIDC_AUDIENCE" $oidc.audience)
  (list "OIDC_DISCOVERY_URL" $oidc.discoveryUrl)
  (list "OIDC_JWKS_URL" $oidc.jwksUrl)
  (list "OIDC_SCOPES" $oidc.scopes)
  (list "OIDC_CLI_CLIENT_ID" $oidc.cliClientId)
  (list "OIDC_CONSOLE_CLIENT_ID" $oidc.consoleClientId)
  (list "AUTH_POLICY" $policy)
  (list "PLATFORM_NAMESPACE" $values.platformNamespace)
  (list "KUBE_IDENTITY" $values.kubeIdentity)
  (list "CORS_ORIGINS" $origins)
  (list "RATE_LIMIT" $values.rateLimit)
  (list "REQUESTS_IN_PROGRESS" $values.requestsInProgress)
  (list "REQUESTS_PER_CALLER" $values.requestsPerCaller)
  (list "WATCH_SECONDS" $values.watchSeconds)
  (list "KUBE_TIMEOUT_MS" $values.kubeTimeoutMs)
  (list "KUBE_DEADLINES" $values.kubeDeadlines)
  (list "LIST_SCAN_LIMIT" $values.listScanLimit)
  (list "PUBLIC_URL" $values.publicUrl)
-}}
{{- range $name, $value := $values.otel -}}
{{- $variables = append $variables (list $name $value) -}}
{{- end -}}
{{- $surroundings := list
  (list "SSL_CERT_FILE" "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt")
  (list "SSL_CERT_DIR" (join ":" $authorities))
  (list "HTTPS_PROXY" $values.proxy.url)
  (list "NO_PROXY" $values.proxy.noProxy)
-}}
{{- range concat $variables $surroundings (last .) }}
{{- if not (kindIs "invalid" (last .)) }}
- name: {{ first . }}
  value: {{ include "kaphera-cloud-server.text" (last .) }}
{{- end }}
{{- end }}
{{- end -}}
