package snug_test

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// series matches a line of what Prometheus reads: a name, and its labels.
var series = regexp.MustCompile(`(?m)^(\w+)(?:\{(.*)\})? \S+$`)

// label matches a label with its value, there and in a selector.
var label = regexp.MustCompile(`(\w+)\s*(?:=~|!~|!=|=)"((?:[^"\\]|\\.)*)"`)

// labelsOf returns the labels of each metric.
func labelsOf(text string) map[string]map[string]bool {
	all := map[string]map[string]bool{}
	for _, m := range series.FindAllStringSubmatch(text, -1) {
		if all[m[1]] == nil {
			all[m[1]] = map[string]bool{"job": true, "instance": true} // which Prometheus adds
		}
		for _, l := range label.FindAllStringSubmatch(m[2], -1) {
			all[m[1]][l[1]] = true
		}
	}
	return all
}

// metric matches a metric of Snug or its process in a query, and its selector.
var metric = regexp.MustCompile(`\b((?:snug|process|go)_\w+)(?:\{([^}]*)\})?`)

// grouped matches the labels that a query sums by.
var grouped = regexp.MustCompile(`\bby \(([^)]*)\)`)

// queries returns the queries of the dashboard.
func queries(value any) (found []string) {
	switch value := value.(type) {
	case []any:
		for _, v := range value {
			found = append(found, queries(v)...)
		}
	case map[string]any:
		for key, v := range value {
			if text, ok := v.(string); ok && (key == "expr" || key == "query") {
				found = append(found, text)
			} else {
				found = append(found, queries(v)...)
			}
		}
	}
	return found
}

// What the dashboard shows and the alerts watch is there on a real server, and each alert has a line for whoever it wakes.
func TestMonitoringUsesMetricsThatExist(t *testing.T) {
	dashboard, err := os.ReadFile("packaging/monitoring/dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	var value any
	if err := json.Unmarshal(dashboard, &value); err != nil {
		t.Fatal(err)
	}
	alerts, err := os.ReadFile("packaging/monitoring/alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	operations, err := os.ReadFile("docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	rules := strings.Split(string(alerts), "- alert: ")[1:]

	s, _ := used(t)
	_, text := s.get(t, "/metrics")
	there := labelsOf(text)
	shown := map[string]bool{}
	for _, query := range append(queries(value), rules...) {
		known := map[string]bool{"alertname": true}
		for _, m := range metric.FindAllStringSubmatch(query, -1) {
			shown[m[1]] = true
			labels, ok := there[m[1]]
			if !ok {
				t.Errorf("the server has no %s: %s", m[1], query)
			}
			maps.Copy(known, labels)
			for _, l := range label.FindAllStringSubmatch(m[2], -1) {
				if !labels[l[1]] {
					t.Errorf("%s has no label %s: %s", m[1], l[1], query)
				}
			}
		}
		for _, m := range grouped.FindAllStringSubmatch(query, -1) {
			for by := range strings.SplitSeq(m[1], ", ") {
				if !known[by] {
					t.Errorf("no metric has the label %s: %s", by, query)
				}
			}
		}
	}
	if len(shown) < 25 {
		t.Errorf("only %d metrics are shown", len(shown))
	}

	var named []string
	for _, rule := range rules {
		name, _, _ := strings.Cut(rule, "\n")
		named = append(named, name)
	}
	var documented []string
	for _, m := range regexp.MustCompile("(?m)^\\| `(Snug\\w+)`").FindAllSubmatch(operations, -1) {
		documented = append(documented, string(m[1]))
	}
	if !slices.Equal(named, documented) {
		t.Errorf("the alerts are %q, and docs/operations.md has %q", named, documented)
	}
}

// Metrics go to more people and places than the server's data.
func TestNothingPrivateIsInALabel(t *testing.T) {
	s, private := used(t)
	_, text := s.get(t, "/metrics")
	kinds := []string{"accepted", "code", "le", "outcome", "quantile", "result", "status", "version"}
	labels := 0
	for _, m := range series.FindAllStringSubmatch(text, -1) {
		for _, l := range label.FindAllStringSubmatch(m[2], -1) {
			labels++
			if !slices.Contains(kinds, l[1]) {
				t.Errorf("%s has the label %s: if it says nothing of rooms and people, add it to this test", m[1], l[1])
			}
			if slices.Contains(private, l[2]) {
				t.Errorf("%s has %q as its %s", m[1], l[2], l[1])
			}
		}
	}
	if labels == 0 {
		t.Error("there are no labels")
	}
	for _, p := range private {
		if len(p) > 4 && strings.Contains(text, p) { // a short one can be part of a word
			t.Errorf("%q is in the metrics", p)
		}
	}
}
