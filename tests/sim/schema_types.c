// SPDX-License-Identifier: Apache-2.0
//
// The built-in types' fields. One string per struct:
//
//     NAME field:TYPE[;constraint]… field:TYPE …
//
// TYPE is string, int32, int64, bool, number, quantity, intstr, time, any or a struct's name, after
// it
// "@" for what server-side apply takes whole; before it "[]" for an atomic list, "[k]" or "[k,l]"
// for a list keyed by these fields, "[=]" for a set, "{}" for a map. "!" after a field's name:
// required (only looked at for CRDs). Constraints: min, minLength, minItems, minProperties,
// pattern, default. A struct with "..." has more fields than are listed.
//
// From k8s.io/api v0.35; what no client of ours writes is left to "...".

#include "schema_text.h"

#include <stddef.h>

const char *const sim_schema_builtin[] = {
    "ObjectMeta name:string generateName:string namespace:string selfLink:string uid:string "
    "resourceVersion:string generation:int64 creationTimestamp:time deletionTimestamp:time "
    "deletionGracePeriodSeconds:int64 labels:{}string annotations:{}string "
    "ownerReferences:[uid]OwnerReference finalizers:[=]string managedFields:[]any",
    "OwnerReference apiVersion:string kind:string name:string uid:string controller:bool "
    "blockOwnerDeletion:bool",
    "LabelSelector matchLabels:{}string matchExpressions:[]LabelSelectorRequirement",
    "LabelSelectorRequirement key:string operator:string values:[]string",
    "LocalObjectReference name:string",

    "Pod metadata:ObjectMeta spec:PodSpec status:any",
    "PodTemplateSpec metadata:ObjectMeta spec:PodSpec",
    "PodSpec volumes:[name]Volume initContainers:[name]Container containers:[name]Container "
    "ephemeralContainers:[name]any restartPolicy:string terminationGracePeriodSeconds:int64 "
    "activeDeadlineSeconds:int64 dnsPolicy:string nodeSelector:{}string "
    "serviceAccountName:string serviceAccount:string automountServiceAccountToken:bool "
    "nodeName:string hostNetwork:bool hostPID:bool hostIPC:bool hostUsers:bool "
    "shareProcessNamespace:bool securityContext:PodSecurityContext "
    "imagePullSecrets:[name]LocalObjectReference hostname:string subdomain:string affinity:any "
    "schedulerName:string tolerations:[]Toleration hostAliases:[ip]any priorityClassName:string "
    "priority:int32 dnsConfig:any readinessGates:[]any runtimeClassName:string "
    "enableServiceLinks:bool preemptionPolicy:string overhead:{}quantity "
    "topologySpreadConstraints:[]any setHostnameAsFQDN:bool os:any schedulingGates:[name]any "
    "resourceClaims:[name]any resources:ResourceRequirements",
    "PodSecurityContext seLinuxOptions:any windowsOptions:any runAsUser:int64 runAsGroup:int64 "
    "runAsNonRoot:bool supplementalGroups:[]int64 supplementalGroupsPolicy:string fsGroup:int64 "
    "sysctls:[]any fsGroupChangePolicy:string seccompProfile:SeccompProfile appArmorProfile:any "
    "seLinuxChangePolicy:string",
    "SeccompProfile type:string localhostProfile:string",
    "Toleration key:string operator:string value:string effect:string tolerationSeconds:int64",

    "Container name:string image:string command:[]string args:[]string workingDir:string "
    "ports:[containerPort,protocol]ContainerPort envFrom:[]EnvFromSource env:[name]EnvVar "
    "resources:ResourceRequirements resizePolicy:[]any restartPolicy:string "
    "restartPolicyRules:[]any volumeMounts:[mountPath]VolumeMount volumeDevices:[devicePath]any "
    "livenessProbe:Probe readinessProbe:Probe startupProbe:Probe lifecycle:any "
    "terminationMessagePath:string terminationMessagePolicy:string imagePullPolicy:string "
    "securityContext:SecurityContext stdin:bool stdinOnce:bool tty:bool",
    "ContainerPort name:string hostPort:int32 containerPort:int32 protocol:string hostIP:string",
    "EnvVar name:string value:string valueFrom:EnvVarSource",
    "EnvVarSource fieldRef:ObjectFieldSelector resourceFieldRef:any "
    "configMapKeyRef:KeySelector secretKeyRef:KeySelector fileKeyRef:any",
    "ObjectFieldSelector apiVersion:string fieldPath:string",
    "KeySelector name:string key:string optional:bool",
    "EnvFromSource prefix:string configMapRef:OptionalReference secretRef:OptionalReference",
    "OptionalReference name:string optional:bool",
    "ResourceRequirements limits:{}quantity requests:{}quantity claims:[name]any",
    "VolumeMount name:string readOnly:bool recursiveReadOnly:string mountPath:string "
    "subPath:string mountPropagation:string subPathExpr:string",
    "SecurityContext capabilities:Capabilities privileged:bool seLinuxOptions:any "
    "windowsOptions:any runAsUser:int64 runAsGroup:int64 runAsNonRoot:bool "
    "readOnlyRootFilesystem:bool allowPrivilegeEscalation:bool procMount:string "
    "seccompProfile:SeccompProfile appArmorProfile:any",
    "Capabilities add:[]string drop:[]string",
    "Probe exec:ExecAction httpGet:HTTPGetAction tcpSocket:TCPSocketAction grpc:any "
    "initialDelaySeconds:int32 timeoutSeconds:int32 periodSeconds:int32 successThreshold:int32 "
    "failureThreshold:int32 terminationGracePeriodSeconds:int64",
    "ExecAction command:[]string",
    "HTTPGetAction path:string port:intstr host:string scheme:string httpHeaders:[]any",
    "TCPSocketAction port:intstr host:string",

    "Volume name:string emptyDir:EmptyDirVolumeSource configMap:ConfigMapVolumeSource "
    "secret:SecretVolumeSource persistentVolumeClaim:PersistentVolumeClaimVolumeSource "
    "hostPath:HostPathVolumeSource projected:any downwardAPI:any csi:any ephemeral:any image:any "
    "nfs:any iscsi:any",
    "EmptyDirVolumeSource medium:string sizeLimit:quantity",
    "ConfigMapVolumeSource name:string items:[]KeyToPath defaultMode:int32 optional:bool",
    "SecretVolumeSource secretName:string items:[]KeyToPath defaultMode:int32 optional:bool",
    "KeyToPath key:string path:string mode:int32",
    "PersistentVolumeClaimVolumeSource claimName:string readOnly:bool",
    "HostPathVolumeSource path:string type:string",

    "Deployment metadata:ObjectMeta spec:DeploymentSpec status:any",
    "DeploymentSpec replicas:int32 selector:LabelSelector@ template:PodTemplateSpec "
    "strategy:DeploymentStrategy minReadySeconds:int32 revisionHistoryLimit:int32 paused:bool "
    "progressDeadlineSeconds:int32",
    "DeploymentStrategy type:string rollingUpdate:RollingUpdateDeployment",
    "RollingUpdateDeployment maxUnavailable:intstr maxSurge:intstr",

    "Job metadata:ObjectMeta spec:JobSpec status:any",
    "JobSpec parallelism:int32 completions:int32 activeDeadlineSeconds:int64 podFailurePolicy:any "
    "successPolicy:any backoffLimit:int32 backoffLimitPerIndex:int32 maxFailedIndexes:int32 "
    "selector:LabelSelector@ manualSelector:bool template:PodTemplateSpec "
    "ttlSecondsAfterFinished:int32 completionMode:string suspend:bool podReplacementPolicy:string "
    "managedBy:string",

    "Service metadata:ObjectMeta spec:ServiceSpec status:any",
    "ServiceSpec ports:[port,protocol]ServicePort selector:{}string@ clusterIP:string "
    "clusterIPs:[]string type:string externalIPs:[]string sessionAffinity:string "
    "loadBalancerIP:string loadBalancerSourceRanges:[]string externalName:string "
    "externalTrafficPolicy:string healthCheckNodePort:int32 publishNotReadyAddresses:bool "
    "sessionAffinityConfig:any ipFamilies:[]string ipFamilyPolicy:string "
    "allocateLoadBalancerNodePorts:bool loadBalancerClass:string internalTrafficPolicy:string "
    "trafficDistribution:string",
    "ServicePort name:string protocol:string appProtocol:string port:int32 targetPort:intstr "
    "nodePort:int32",

    "ConfigMap metadata:ObjectMeta data:{}string binaryData:{}string immutable:bool",
    "Secret metadata:ObjectMeta data:{}string stringData:{}string type:string immutable:bool",
    "Namespace metadata:ObjectMeta spec:any status:any",
    "PersistentVolumeClaim metadata:ObjectMeta spec:any status:any",
    "ResourceQuota metadata:ObjectMeta spec:ResourceQuotaSpec status:any",
    "ResourceQuotaSpec hard:{}quantity scopes:[]string scopeSelector:any",
    "Event metadata:ObjectMeta ...",
    NULL,
};
