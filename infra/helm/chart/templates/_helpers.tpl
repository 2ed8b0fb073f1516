{{/* Helpers with a component take a list: the root context and the component, which is a function or "server". */}}

{{- define "kaphera-cloud-server.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* Name of what is not named after a function, and prefix of what belongs to no namespace. */}}
{{- define "kaphera-cloud-server.fullname" -}}
{{- $name := include "kaphera-cloud-server.name" . -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Labels of pods. They do not name the release: each would then replace every pod. */}}
{{- define "kaphera-cloud-server.podLabels" -}}
app.kubernetes.io/name: {{ include "kaphera-cloud-server.name" (first .) }}
app.kubernetes.io/component: {{ last . }}
app.kubernetes.io/part-of: kaphera-cloud-server
{{- end -}}

{{- define "kaphera-cloud-server.labels" -}}
{{ include "kaphera-cloud-server.podLabels" . }}
{{- with first . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end -}}

{{- define "kaphera-cloud-server.selectorLabels" -}}
app.kubernetes.io/name: {{ include "kaphera-cloud-server.name" . }}
app.kubernetes.io/component: server
{{- end -}}

{{/* Labels and annotations of pods; those of the server win. Takes root, component and annotations. */}}
{{- define "kaphera-cloud-server.podMetadata" -}}
{{- $root := first . -}}
{{- $labels := include "kaphera-cloud-server.podLabels" (list $root (index . 1)) | fromYaml -}}
{{- $metrics := dict "prometheus.io/scrape" "true" "prometheus.io/port" "9464" "prometheus.io/path" "/metrics" -}}
labels:
  {{- mergeOverwrite (deepCopy $root.Values.podLabels) $labels | toYaml | nindent 2 }}
annotations:
  {{- mergeOverwrite (deepCopy $root.Values.podAnnotations) (last .) $metrics | toYaml | nindent 2 }}
{{- end -}}

{{/* What the functions are: content hashes, rights and routes. */}}
{{- define "kaphera-cloud-server.data" -}}
{{- .Files.Get "files/functions.json" -}}
{{- end -}}

{{- define "kaphera-cloud-server.serviceAccountName" -}}
{{- get (first .).Values.serviceAccounts.names (last .) | default (last .) -}}
{{- end -}}

{{- define "kaphera-cloud-server.host" -}}
{{- (urlParse .Values.publicUrl).hostname -}}
{{- end -}}

{{/* A number or text as text in quotes. */}}
{{- define "kaphera-cloud-server.text" -}}
{{- kindIs "string" . | ternary . (toJson .) | toJson -}}
{{- end -}}

{{/* The fields of a pod that only some installations have. */}}
{{- define "kaphera-cloud-server.podFields" -}}
{{- range $field := list "imagePullSecrets" "nodeSelector" "tolerations" "affinity" "priorityClassName" }}
{{- with get $.Values $field }}
{{ $field }}: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- with .Values.caConfigMap }}
volumes:
  - name: authorities
    configMap:
      name: {{ . }}
{{- end }}
{{- end -}}

{{/* Takes root, component, image, args and further variables. */}}
{{- define "kaphera-cloud-server.container" -}}
{{- $root := first . -}}
{{- $values := $root.Values -}}
name: server
image: {{ index . 2 }}
imagePullPolicy: {{ $values.imagePullPolicy }}
args:
  {{- index . 3 | toYaml | nindent 2 }}
env:
  {{- include "kaphera-cloud-server.env" (list $root (index . 4)) | nindent 2 }}
ports:
  - name: http1
    containerPort: 8080
{{- with $values.envFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if $values.caConfigMap }}
volumeMounts:
  - name: authorities
    mountPath: /etc/kaphera-cloud-server/authorities
    readOnly: true
{{- end }}
resources:
  {{- include "kaphera-cloud-server.resources" (list $root (index . 1)) | nindent 2 }}
securityContext:
  runAsNonRoot: true
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
  seccompProfile:
    type: RuntimeDefault
{{- end -}}

{{- define "kaphera-cloud-server.resources" -}}
{{- $all := (first .).Values.resources -}}
{{- $own := dig (last .) "resources" dict (first .).Values.functions -}}
{{- range $part := list "requests" "limits" }}
{{ $part }}:
  {{- range $resource := list "cpu" "memory" }}
  {{ $resource }}: {{ dig $part $resource (get (get $all $part) $resource) $own | include "kaphera-cloud-server.text" }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* A ServiceAccount with its rights. Takes root, component and rules by identity. */}}
{{- define "kaphera-cloud-server.account" -}}
{{- $root := first . -}}
{{- $component := index . 1 -}}
{{- $values := $root.Values -}}
{{- $name := include "kaphera-cloud-server.serviceAccountName" (list $root $component) -}}
{{- $labels := include "kaphera-cloud-server.labels" (list $root $component) -}}
{{- $role := printf "%s-%s" (include "kaphera-cloud-server.fullname" $root) $component -}}
{{- $identity := eq $values.kubeIdentity "impersonate" | ternary $values.kubeImpersonation "function" -}}
{{- if $values.serviceAccounts.create }}
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ $name }}
  namespace: {{ $root.Release.Namespace }}
  labels:
    {{- $labels | nindent 4 }}
  {{- with $values.serviceAccounts.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- with and $values.rbac.create (get (last .) $identity) }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: {{ $role }}
  labels:
    {{- $labels | nindent 4 }}
rules:
  {{- toYaml . | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: {{ $role }}
  labels:
    {{- $labels | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: {{ $role }}
subjects:
  - kind: ServiceAccount
    name: {{ $name }}
    namespace: {{ $root.Release.Namespace }}
{{- end }}
{{- end -}}
