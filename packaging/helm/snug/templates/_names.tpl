{{- define "snug.name" -}}
{{ if contains "snug" .Release.Name }}{{ .Release.Name }}{{ else }}{{ .Release.Name }}-snug{{ end }}
{{- end }}

{{- define "snug.selector" -}}
app.kubernetes.io/name: snug
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "snug.labels" -}}
{{ include "snug.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "snug.peers" -}}
{{- $name := include "snug.name" . -}}
{{- range $i := until (int .Values.replicas) }}{{ if $i }},{{ end }}{{ $name }}-{{ $i }}.{{ $name }}-nodes:6222{{ end }}
{{- end }}
