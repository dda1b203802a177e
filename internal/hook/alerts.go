package hook

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// alertMessage is the body of a webhook of Alertmanager
// (https://prometheus.io/docs/alerting/latest/configuration/#webhook_config) or of Grafana,
// which adds fields.
type alertMessage struct {
	Status          text        `json:"status"`
	Alerts          list[alert] `json:"alerts"`
	TruncatedAlerts text        `json:"truncatedAlerts"`
	ExternalURL     text        `json:"externalURL"`
}

type alert struct {
	Status       text            `json:"status"`
	Labels       map[string]text `json:"labels"`
	Annotations  map[string]text `json:"annotations"`
	GeneratorURL text            `json:"generatorURL"`
	PanelURL     text            `json:"panelURL"`     // Grafana
	DashboardURL text            `json:"dashboardURL"` // Grafana
}

func decodeAlerts(body json.RawMessage) (Message, error) {
	var m alertMessage
	read(body, &m)
	var found []string
	for _, a := range m.Alerts {
		if a.Status == "" {
			a.Status = m.Status
		}
		found = append(found, a.line(m.ExternalURL))
	}
	if len(found) == 0 {
		return Message{}, refuse(noText, `"alerts" is empty: it needs at least one alert`)
	}
	if n := m.TruncatedAlerts; n != "" && n != "0" {
		found = append(found, "… and "+inline(string(n))+" more alerts")
	}
	return Message{Content: strings.Join(found, "\n")}, nil
}

// line returns state, name, summary and link. An alert without a summary has its labels.
func (a alert) line(external text) string {
	state := "🔴 **FIRING**"
	switch a.Status {
	case "firing", "":
	case "resolved":
		state = "🟢 **RESOLVED**"
	default:
		state = "🟡 " + bold(inline(strings.ToUpper(string(a.Status))))
	}
	name := link(first(a.Labels["alertname"], "alert"), first(a.GeneratorURL, a.PanelURL, a.DashboardURL, external))
	summary := oneLine(first(a.Annotations["summary"], a.Annotations["description"], a.Annotations["message"]))
	instance := oneLine(string(a.Labels["instance"]))
	switch {
	case summary == "":
		summary = a.labels()
	case instance != "" && !strings.Contains(summary, instance):
		summary += " (" + instance + ")"
	}
	if summary == "" {
		return state + " " + name
	}
	return state + " " + name + ": " + inline(summary)
}

func (a alert) labels() string {
	var pairs []string
	for _, k := range slices.Sorted(maps.Keys(a.Labels)) {
		if k != "alertname" && !strings.HasPrefix(k, "__") {
			pairs = append(pairs, k+"="+oneLine(string(a.Labels[k])))
		}
	}
	return strings.Join(pairs, ", ")
}
