{{- define "marketplace.labels" -}}
app.kubernetes.io/name: marketplace
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "marketplace.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "marketplace.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 999
  runAsGroup: 999
  fsGroup: 999
  seccompProfile: {type: RuntimeDefault}
volumes:
  - name: tmp
    emptyDir: {}
  - name: data
    emptyDir: {}
{{- end }}

{{- define "marketplace.container" -}}
image: {{ include "marketplace.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
envFrom:
  - configMapRef: {name: {{ .Release.Name | quote }}}
  - secretRef: {name: {{ .Values.secret | quote }}}
volumeMounts:
  - {name: tmp, mountPath: /tmp}
  - {name: data, mountPath: /app/data}
{{- end }}
