package hook

import (
	"encoding/json"
	"strconv"
	"strings"
)

// githubEvent is what is read of the events of GitHub
// (https://docs.github.com/en/webhooks/webhook-events-and-payloads), and of Gitea and
// Forgejo, whose fields differ a little.
type githubEvent struct {
	Action     text      `json:"action"`
	Sender     forgeUser `json:"sender"`
	Repository struct {
		FullName text `json:"full_name"`
		HTMLURL  text `json:"html_url"`
	} `json:"repository"`

	// of a push, and of created and deleted branches and tags
	Ref          text              `json:"ref"`
	RefType      text              `json:"ref_type"`
	Created      bool              `json:"created"`
	Deleted      bool              `json:"deleted"`
	Forced       bool              `json:"forced"`
	Before       text              `json:"before"`
	After        text              `json:"after"`
	Compare      text              `json:"compare"`
	CompareURL   text              `json:"compare_url"`   // Gitea
	TotalCommits text              `json:"total_commits"` // Gitea
	Pusher       forgeUser         `json:"pusher"`
	Commits      list[forgeCommit] `json:"commits"`
	HeadCommit   forgeCommit       `json:"head_commit"`

	Issue       forgeItem `json:"issue"`
	PullRequest forgeItem `json:"pull_request"`
	Discussion  forgeItem `json:"discussion"`
	Comment     struct {
		HTMLURL text `json:"html_url"`
		Body    text `json:"body"`
	} `json:"comment"`
	Review struct {
		State   text `json:"state"`
		HTMLURL text `json:"html_url"`
		Body    text `json:"body"`
		Content text `json:"content"` // Gitea
	} `json:"review"`
	Release struct {
		TagName text `json:"tag_name"`
		Name    text `json:"name"`
		HTMLURL text `json:"html_url"`
	} `json:"release"`

	WorkflowRun forgeRun `json:"workflow_run"`
	WorkflowJob forgeRun `json:"workflow_job"`
	CheckRun    forgeRun `json:"check_run"`
	CheckSuite  forgeRun `json:"check_suite"`
	Deployment  struct {
		Environment text `json:"environment"`
	} `json:"deployment"`
	DeploymentStatus struct {
		State          text `json:"state"`
		EnvironmentURL text `json:"environment_url"`
		TargetURL      text `json:"target_url"`
	} `json:"deployment_status"`

	// of a commit's status
	State       text `json:"state"`
	Context     text `json:"context"`
	Description text `json:"description"`
	TargetURL   text `json:"target_url"`

	Forkee struct {
		FullName text `json:"full_name"`
		HTMLURL  text `json:"html_url"`
	} `json:"forkee"`
	Zen text `json:"zen"`
}

type forgeUser struct {
	Login    text `json:"login"`
	Username text `json:"username"` // Gitea, GitLab
	Name     text `json:"name"`
}

type forgeCommit struct {
	Message text `json:"message"`
	URL     text `json:"url"`
}

// forgeItem is an issue, a pull request, a merge request or a discussion.
type forgeItem struct {
	Number      text            `json:"number"`
	IID         text            `json:"iid"` // GitLab
	Title       text            `json:"title"`
	HTMLURL     text            `json:"html_url"`
	URL         text            `json:"url"` // GitLab
	Merged      bool            `json:"merged"`
	PullRequest json.RawMessage `json:"pull_request"` // of an issue that is one
}

// forgeRun is a run of a workflow, a job or a check.
type forgeRun struct {
	Name       text `json:"name"`
	RunNumber  text `json:"run_number"`
	HeadBranch text `json:"head_branch"`
	Status     text `json:"status"`
	Conclusion text `json:"conclusion"`
	HTMLURL    text `json:"html_url"`
}

func (u forgeUser) name() string { return inline(first(u.Login, u.Username, u.Name)) }

func githubLine(body json.RawMessage, event string) string {
	var e githubEvent
	read(body, &e)
	return eventLine(string(e.Repository.FullName), e.words(event)...)
}

func (e githubEvent) words(event string) []string {
	who := first(e.Sender.name(), e.Pusher.name(), "somebody")
	switch event {
	case "push":
		return e.push(who).words()
	case "create", "delete":
		return []string{who, event + "d", inline(string(e.RefType)), inline(strings.TrimPrefix(string(e.Ref), "refs/heads/"))}
	case "issues":
		return []string{who, act(e.Action, "changed"), "issue", numbered(e.Issue.Number, e.Issue.Title, e.Issue.HTMLURL)}
	case "issue_comment", "commit_comment", "pull_request_review_comment", "discussion_comment":
		return e.comment(who)
	case "pull_request", "pull_request_target":
		return []string{who, e.pullRequestAction(), "pull request", numbered(e.PullRequest.Number, e.PullRequest.Title, e.PullRequest.HTMLURL)}
	case "pull_request_review", "pull_request_approved", "pull_request_rejected", "pull_request_comment":
		return e.review(who, event)
	case "discussion":
		return []string{who, act(e.Action, "changed"), "discussion", numbered(e.Discussion.Number, e.Discussion.Title, e.Discussion.HTMLURL)}
	case "release":
		return []string{who, act(e.Action, "changed"), "release", link(releaseName(e.Release.TagName, e.Release.Name), string(e.Release.HTMLURL))}
	case "workflow_run":
		return e.WorkflowRun.words("workflow")
	case "workflow_job":
		return e.WorkflowJob.words("job")
	case "check_run":
		return e.CheckRun.words("check")
	case "check_suite":
		return e.CheckSuite.words("check suite")
	case "deployment_status":
		return []string{"deployment to", link(string(e.Deployment.Environment), first(e.DeploymentStatus.EnvironmentURL, e.DeploymentStatus.TargetURL)), outcome(e.DeploymentStatus.State)}
	case "status":
		return []string{"status", link(string(e.Context), string(e.TargetURL)), outcome(e.State) + quoted(e.Description)}
	case "fork":
		return []string{who, "forked it to", link(string(e.Forkee.FullName), string(e.Forkee.HTMLURL))}
	case "star", "watch":
		if e.Action == "deleted" {
			return []string{who, "took back a star"}
		}
		return []string{who, "starred it"}
	case "ping":
		return []string{"the webhook works" + quoted(e.Zen)}
	}
	return []string{who + ":", link(act(text(event), ""), string(e.Repository.HTMLURL)), act(e.Action, "")}
}

func (e githubEvent) push(who string) push {
	head := e.HeadCommit
	if head.Message == "" && len(e.Commits) > 0 {
		head = e.Commits[len(e.Commits)-1]
	}
	return push{
		who: who, ref: string(e.Ref), compare: first(e.Compare, e.CompareURL),
		title: excerpt(string(head.Message)), titleURL: string(head.URL),
		commits: first(string(e.TotalCommits), strconv.Itoa(len(e.Commits))),
		created: e.Created || isZero(e.Before), deleted: e.Deleted || isZero(e.After), forced: e.Forced,
	}
}

// isZero reports whether a commit's ID stands for none.
func isZero(id text) bool { return id != "" && strings.Trim(string(id), "0") == "" }

func (e githubEvent) comment(who string) []string {
	kind, item := "issue", e.Issue
	switch {
	case e.PullRequest.Title != "":
		kind, item = "pull request", e.PullRequest
	case e.Discussion.Title != "":
		kind, item = "discussion", e.Discussion
	case len(e.Issue.PullRequest) > 0 && string(e.Issue.PullRequest) != "null":
		kind = "pull request"
	case e.Issue.Title == "":
		kind = "a commit"
	}
	verb := "commented on"
	if e.Action == "edited" || e.Action == "deleted" {
		verb = string(e.Action) + " a comment on"
	}
	label := numbered(item.Number, item.Title, text(first(e.Comment.HTMLURL, item.HTMLURL)))
	return []string{who, verb, kind, label + quoted(e.Comment.Body)}
}

func (e githubEvent) pullRequestAction() string {
	switch {
	case e.Action == "closed" && e.PullRequest.Merged:
		return "merged"
	case e.Action == "synchronize", e.Action == "synchronized":
		return "updated"
	case e.Action == "ready_for_review":
		return "marked as ready:"
	case e.Action == "review_requested":
		return "requested a review of"
	}
	return act(e.Action, "changed")
}

func (e githubEvent) review(who, event string) []string {
	verb := "reviewed"
	switch {
	case e.Review.State == "approved", event == "pull_request_approved":
		verb = "approved"
	case e.Review.State == "changes_requested", event == "pull_request_rejected":
		verb = "requested changes to"
	case e.Action == "dismissed":
		verb = "dismissed a review of"
	}
	pr := e.PullRequest
	label := numbered(pr.Number, pr.Title, text(first(e.Review.HTMLURL, pr.HTMLURL)))
	return []string{who, verb, "pull request", label + quoted(text(first(e.Review.Body, e.Review.Content)))}
}

func releaseName(tag, name text) string {
	if name == "" || name == tag {
		return string(tag)
	}
	return strings.TrimSpace(string(tag) + " " + string(name))
}

func (r forgeRun) words(kind string) []string {
	label := first(string(r.Name), kind)
	if r.RunNumber != "" {
		label += " #" + string(r.RunNumber)
	}
	branch := ""
	if r.HeadBranch != "" {
		branch = "on " + inline(string(r.HeadBranch))
	}
	return []string{kind, link(label, string(r.HTMLURL)), outcome(text(first(r.Conclusion, r.Status))), branch}
}
