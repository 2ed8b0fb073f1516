{{/* The rules between values, which values.schema.json cannot express. */}}
{{- define "kaphera-cloud-server.validate" -}}
{{- $values := .Values -}}
{{- $functions := (include "kaphera-cloud-server.data" . | fromJson).functions -}}
{{- if gt (int $values.minScale) (int $values.maxScale) -}}
{{- fail "maxScale: must be at least minScale" -}}
{{- end -}}
{{- $routed := or $values.ingress.enabled (eq $values.entry "httproute") -}}
{{- if and $routed (regexMatch "^[0-9.]+$|:" (include "kaphera-cloud-server.host" .)) -}}
{{- fail "publicUrl: must have a host name, not an IP address, for an HTTPRoute or Ingress" -}}
{{- end -}}
{{- if and $values.ingress.enabled (eq $values.entry "httproute") -}}
{{- fail "ingress.enabled: must be false with entry: httproute" -}}
{{- end -}}
{{- range $path, $only := .Files.Get "files/forms.json" | fromJson -}}
{{- $value := $values -}}
{{- range $key := splitList "." $path -}}
{{- $value = get $value $key -}}
{{- end -}}
{{- if and (ne $only.form $values.form) (ne (toJson $value) (toJson $only.default)) -}}
{{- fail (printf "%s: is only for the form %s" $path $only.form) -}}
{{- end -}}
{{- end -}}
{{- range $name, $_ := $values.functions -}}
{{- if not (hasKey $functions $name) -}}
{{- fail (printf "functions: there is no %s" $name) -}}
{{- end -}}
{{- end -}}
{{- range $name, $_ := $values.serviceAccounts.names -}}
{{- if not (ternary (eq $name "server") (hasKey $functions $name) (eq $values.form "plain")) -}}
{{- fail (printf "serviceAccounts.names: there is no %s" $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
