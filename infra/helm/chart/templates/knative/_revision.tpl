{{/* A function that has not changed keeps its image, as far as the cluster can be asked. Takes root, name and function. */}}
{{- define "kaphera-cloud-server.image" -}}
{{- $root := first . -}}
{{- $image := $root.Values.image -}}
{{- if not $root.Values.updateAll -}}
{{- $running := lookup "serving.knative.dev/v1" "Service" $root.Release.Namespace (index . 1) -}}
{{- $hash := dig "spec" "template" "metadata" "annotations" "cloud.kaphera.com/content-hash" "" $running -}}
{{- if eq $hash (last .).hash -}}
{{- $image = (first $running.spec.template.spec.containers).image -}}
{{- end -}}
{{- end -}}
{{- $image -}}
{{- end -}}

{{/* The template of a function's revisions, without its name. Takes root, name and function. */}}
{{- define "kaphera-cloud-server.revision" -}}
{{- $root := first . -}}
{{- $name := index . 1 -}}
{{- $function := last . -}}
{{- $values := $root.Values -}}
{{- $own := get $values.functions $name | default dict -}}
{{- $annotations := dict
  "cloud.kaphera.com/content-hash" $function.hash
  "autoscaling.knative.dev/min-scale" (hasKey $own "minScale" | ternary $own.minScale $values.minScale | toJson)
  "autoscaling.knative.dev/max-scale" (hasKey $own "maxScale" | ternary $own.maxScale $values.maxScale | toJson)
-}}
{{- $variables := list -}}
{{- if $function.calls -}}
{{- $variables = list (list "FUNCTION_HOST" (printf "{name}.%s.svc.cluster.local" $root.Release.Namespace)) -}}
{{- end -}}
{{- $args := list (printf "--function=%s" $name) "--metrics=*:9464" -}}
{{- $image := include "kaphera-cloud-server.image" . -}}
metadata:
  {{- include "kaphera-cloud-server.podMetadata" (list $root $name $annotations) | nindent 2 }}
spec:
  serviceAccountName: {{ include "kaphera-cloud-server.serviceAccountName" (list $root $name) }}
  enableServiceLinks: false
  {{- include "kaphera-cloud-server.podFields" $root | nindent 2 }}
  {{- with $values.topologySpreadConstraints }}
  topologySpreadConstraints:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containerConcurrency: {{ int $values.concurrency }}
  timeoutSeconds: 300
  containers:
    - {{- include "kaphera-cloud-server.container" (list $root $name $image $args $variables) | nindent 6 }}
      # Knative fills in the port and chooses its own period while a pod starts.
      readinessProbe:
        httpGet: { path: /healthz, port: 0 }
        successThreshold: 1
      livenessProbe:
        httpGet: { path: /healthz, port: 8080 }
        periodSeconds: 20
        timeoutSeconds: 5
{{- end -}}
