package hook

import (
	"encoding/json"
	"strconv"
	"strings"
)

// gitlabEvent is what is read of GitLab's events
// (https://docs.gitlab.com/user/project/integrations/webhook_events/).
type gitlabEvent struct {
	ObjectKind text      `json:"object_kind"`
	UserName   text      `json:"user_name"` // of a push, else in User
	User       forgeUser `json:"user"`
	Project    struct {
		Path   text `json:"path_with_namespace"`
		WebURL text `json:"web_url"`
	} `json:"project"`

	// of a push
	Ref          text              `json:"ref"`
	Before       text              `json:"before"`
	After        text              `json:"after"`
	TotalCommits text              `json:"total_commits_count"`
	Commits      list[forgeCommit] `json:"commits"`

	Object       gitlabObject `json:"object_attributes"`
	Issue        forgeItem    `json:"issue"` // of a comment, as are the next two
	MergeRequest forgeItem    `json:"merge_request"`
	Snippet      forgeItem    `json:"snippet"`

	// of a job
	BuildName   text `json:"build_name"`
	BuildStatus text `json:"build_status"`
	BuildID     text `json:"build_id"`

	// of a release; of a deployment
	Action        text `json:"action"`
	Tag           text `json:"tag"`
	Name          text `json:"name"`
	URL           text `json:"url"`
	Status        text `json:"status"`
	Environment   text `json:"environment"`
	DeployableURL text `json:"deployable_url"`
}

// gitlabObject is the issue, merge request, comment, wiki page or pipeline that an event
// is about.
type gitlabObject struct {
	forgeItem
	ID     text `json:"id"`
	Action text `json:"action"`
	Note   text `json:"note"`
	Status text `json:"status"`
	Ref    text `json:"ref"`
}

func gitlabLine(body json.RawMessage, event string) string {
	var e gitlabEvent
	read(body, &e)
	return eventLine(string(e.Project.Path), e.words(event)...)
}

func (e gitlabEvent) words(event string) []string {
	who := inline(first(e.User.Name, e.User.Username, e.UserName, "somebody"))
	o := e.Object
	switch e.ObjectKind {
	case "push", "tag_push":
		return e.push(who).words()
	case "issue", "work_item", "incident":
		return []string{who, past(o.Action), "issue", numbered(o.IID, o.Title, o.URL)}
	case "merge_request":
		return []string{who, past(o.Action), "merge request", numbered(o.IID, o.Title, o.URL)}
	case "note":
		return e.comment(who)
	case "wiki_page":
		return []string{who, past(o.Action), "wiki page", link(string(o.Title), string(o.URL))}
	case "pipeline":
		address := first(string(o.URL), join("", string(e.Project.WebURL), "/-/pipelines/", string(o.ID)))
		return []string{"pipeline", link("#"+string(o.ID), address), outcome(o.Status), "on", inline(string(o.Ref)), "by", who}
	case "build":
		return []string{"job", link(string(e.BuildName), string(e.Project.WebURL)+"/-/jobs/"+string(e.BuildID)), outcome(e.BuildStatus), "on", inline(string(e.Ref))}
	case "release":
		return []string{"release", link(releaseName(e.Tag, e.Name), string(e.URL)), past(e.Action)}
	case "deployment":
		return []string{"deployment to", link(string(e.Environment), string(e.DeployableURL)), outcome(e.Status), "by", who}
	}
	return []string{who + ":", link(strings.TrimSuffix(event, " Hook"), first(o.URL, e.Project.WebURL)), act(o.Action, "")}
}

func (e gitlabEvent) push(who string) push {
	p := push{
		who: who, ref: string(e.Ref), commits: first(string(e.TotalCommits), strconv.Itoa(len(e.Commits))),
		created: isZero(e.Before), deleted: isZero(e.After),
	}
	if e.Before != "" && !p.created && !p.deleted {
		p.compare = string(e.Project.WebURL) + "/-/compare/" + string(e.Before) + "..." + string(e.After)
	}
	if len(e.Commits) > 0 {
		newest := e.Commits[len(e.Commits)-1]
		p.title, p.titleURL = excerpt(string(newest.Message)), string(newest.URL)
	}
	return p
}

func (e gitlabEvent) comment(who string) []string {
	kind, item := "commit", forgeItem{}
	switch {
	case e.MergeRequest.Title != "":
		kind, item = "merge request", e.MergeRequest
	case e.Issue.Title != "":
		kind, item = "issue", e.Issue
	case e.Snippet.Title != "":
		kind, item = "snippet", e.Snippet
	}
	return []string{who, "commented on", kind, numbered(item.IID, text(first(item.Title, "comment")), e.Object.URL) + quoted(e.Object.Note)}
}

// past returns what was done in GitLab's imperative: "open" as "opened".
func past(action text) string {
	switch action {
	case "":
		return "changed"
	case "open", "reopen":
		return string(action) + "ed"
	case "close", "merge", "create", "update", "delete", "approve":
		return string(action) + "d"
	case "approval":
		return "approved"
	case "unapproval", "unapproved":
		return "withdrew the approval of"
	}
	return act(action, "")
}
