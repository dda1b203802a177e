package test

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

func TestHelmChart(t *testing.T) {
	helm := needs(t, "helm", "the Helm chart")
	const chart = "../packaging/helm/snug"
	if said, err := exec.Command(helm, "lint", "--strict", chart).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	const ingress = "ingress.enabled=true,ingress.host=chat.example.com,ingress.tlsSecret=chat"
	for _, c := range []struct {
		what, set string
		has       []string
		hasNot    []string
	}{
		{"one server", "service.type=ClusterIP",
			[]string{"replicas: 1", `"sqlite:/data/snug.db"`, "path: /healthz", "readOnlyRootFilesystem: true", "enableServiceLinks: false"},
			[]string{"kind: Ingress", "kind: ServiceMonitor", "kind: PodDisruptionBudget", "SNUG_CLUSTER", "key: cluster"}},
		{"three servers", "replicas=3,serviceMonitor.enabled=true",
			[]string{"replicas: 3", "podManagementPolicy: Parallel", "publishNotReadyAddresses: true", "path: /readyz", "key: cluster", "kind: PodDisruptionBudget",
				`"chat-snug-0.chat-snug-nodes:6222,chat-snug-1.chat-snug-nodes:6222,chat-snug-2.chat-snug-nodes:6222"`, "kind: ServiceMonitor"},
			[]string{"sqlite:"}},
		{"an ingress", ingress + ",env.SNUG_TRUSTED_PROXIES=10.0.0.0/8",
			[]string{`SNUG_PUBLIC_URL, value: "https://chat.example.com"`, `SNUG_TRUSTED_PROXIES, value: "10.0.0.0/8"`, `host: "chat.example.com"`, "secretName: chat"}, nil},
	} {
		out, err := exec.Command(helm, "template", "chat", chart, "--set", c.set).Output()
		if err != nil {
			t.Errorf("%s: %v", c.what, err)
			continue
		}
		rendered := string(out)
		for _, want := range c.has {
			if !strings.Contains(rendered, want) {
				t.Errorf("%s: no %s in\n%s", c.what, want, rendered)
			}
		}
		for _, not := range c.hasNot {
			if strings.Contains(rendered, not) {
				t.Errorf("%s: %s in\n%s", c.what, not, rendered)
			}
		}
		areFlags(t, regexp.MustCompile(`{name: (SNUG_[A-Z_]+),`), rendered)
	}
	for set, says := range map[string]string{
		"replicas=2":               "replicas",
		"env.SNUG_JOURNAL=memory:": "SNUG_JOURNAL",
		"bogus=1":                  "bogus",
		ingress:                    "env.SNUG_TRUSTED_PROXIES is missing",
	} {
		if said, err := exec.Command(helm, "template", "chat", chart, "--set", set).CombinedOutput(); err == nil || !strings.Contains(string(said), says) {
			t.Errorf("with %s, helm doesn't fail for %s: %v\n%s", set, says, err, said)
		}
	}
}

// areFlags fails for each variable in text, which is name's first group, that is no flag of the server's.
func areFlags(t *testing.T, name *regexp.Regexp, text string) {
	t.Helper()
	help, err := exec.Command(program, "--help").Output()
	if err != nil {
		t.Fatal(err)
	}
	found := name.FindAllStringSubmatch(text, -1)
	if len(found) == 0 {
		t.Errorf("no variables in\n%s", text)
	}
	for _, variable := range found {
		flag := "--" + strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(variable[1], "SNUG_"), "_", "-")) + "="
		if !strings.Contains(string(help), flag) {
			t.Errorf("%s is set, and the server has no flag %s", variable[1], flag)
		}
	}
}
