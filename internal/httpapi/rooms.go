package httpapi

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"snug/internal/archive"
	"snug/internal/journal"
	"snug/internal/room"
	"snug/protocol"
)

// The operator's rooms. Their files:
//
//   - rooms.go: routes, and what the operator reads;
//   - roomchanges.go: what the operator changes.

// addRooms adds the requests about rooms.
func (a *Admin) addRooms(mux *http.ServeMux) {
	mux.HandleFunc("GET /rooms", a.listRooms)
	for pattern, do := range map[string]roomRequest{
		"GET /rooms/{code}":          a.showRoom,
		"GET /rooms/{code}/messages": a.readRoom,
		"GET /rooms/{code}/export":   a.exportRoom,
		"POST /rooms/{code}/lock":    a.lockRoom,
		"POST /rooms/{code}/unlock":  a.unlockRoom,
		"POST /rooms/{code}/close":   a.closeRoom,
		"POST /rooms/{code}/erase":   a.eraseRoom,
		"POST /rooms/{code}/unhook":  a.removeHook,
		"POST /rooms/{code}/unban":   a.liftBan,
		"POST /rooms/{code}/import":  a.importRoom,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			code, err := room.ParseCode(r.PathValue("code"))
			if err == nil {
				err = do(w, r, code)
			}
			if err != nil {
				a.fail(w, "a request about rooms failed", err)
			}
		})
	}
}

// roomRequest answers a request about a room. If it returns an error, it has written nothing.
type roomRequest func(w http.ResponseWriter, r *http.Request, code room.Code) error

// roomPage is how many rooms a page has, unless the request says so.
const roomPage = 100

// orders are the orders of lists of rooms.
var orders = map[string]journal.Order{"": journal.BySaid, "said": journal.BySaid, "code": journal.ByCode, "messages": journal.ByMessages, "bytes": journal.ByBytes}

// listedRoom is a room in a list.
type listedRoom struct {
	Room     string            `json:"room"`
	Name     string            `json:"name,omitempty"`
	Locked   bool              `json:"locked"`
	Password bool              `json:"password"`
	Owners   []protocol.Member `json:"owners"`
	Present  int               `json:"present"`
	Messages int64             `json:"messages"`
	Bytes    int64             `json:"bytes"`
	Said     string            `json:"said,omitempty"`
}

// listedRooms is a page of rooms. Next is the after of the next page; empty on the last one.
type listedRooms struct {
	Rooms []listedRoom `json:"rooms"`
	Next  string       `json:"next,omitempty"`
}

func (a *Admin) listRooms(w http.ResponseWriter, r *http.Request) {
	q, err := listQuery(r)
	if err != nil {
		a.fail(w, "a request about rooms failed", err)
		return
	}
	limit := q.Limit
	q.Limit++ // one more says whether there is another page
	rooms, err := a.Rooms.List(r.Context(), q)
	if err != nil {
		a.fail(w, "a request about rooms failed", err)
		return
	}
	page := listedRooms{Rooms: []listedRoom{}}
	if len(rooms) > limit {
		rooms = rooms[:limit]
		last := &rooms[limit-1]
		page.Next = strconv.FormatInt(last.Value(q.Order), 10) + ":" + last.Room
	}
	for i := range rooms {
		page.Rooms = append(page.Rooms, listed(&rooms[i]))
	}
	answer(w, page)
}

func listed(l *room.Listed) listedRoom {
	at := listedRoom{
		Room: l.Room, Name: l.Settings.Name, Locked: l.Settings.Locked, Password: l.Settings.Password, Owners: l.Owners,
		Present: l.Present, Messages: l.Messages, Bytes: l.Bytes,
	}
	if at.Owners == nil {
		at.Owners = []protocol.Member{}
	}
	if !l.Said.IsZero() {
		at.Said = l.Said.UTC().Format(protocol.TimeLayout)
	}
	return at
}

// listQuery reads which rooms a request asks for.
func listQuery(r *http.Request) (q journal.ListQuery, err error) {
	query := r.URL.Query()
	order, known := orders[query.Get("order")]
	if !known {
		return q, protocol.Errorf(protocol.BadField, "order is %q: it is said, code, messages or bytes", query.Get("order"))
	}
	all := query.Get("all")
	if all != "" && all != "yes" {
		return q, protocol.Errorf(protocol.BadField, "all is %q: it is yes, or left out", all)
	}
	q = journal.ListQuery{Search: query.Get("search"), Order: order, Limit: roomPage, Spoken: all == ""}
	if limit := query.Get("limit"); limit != "" {
		if q.Limit, err = strconv.Atoi(limit); err != nil || q.Limit < 1 || q.Limit > protocol.MaxPage {
			return q, protocol.Errorf(protocol.BadField, "limit is %q: a number of rooms from 1 to %d", limit, protocol.MaxPage)
		}
	}
	if after := query.Get("after"); after != "" {
		value, code, ok := strings.Cut(after, ":")
		if q.AfterValue, err = strconv.ParseInt(value, 10, 64); !ok || err != nil {
			return q, protocol.Errorf(protocol.BadField, "after is %q: it is the next of the page before", after)
		}
		q.After = code
	}
	return q, nil
}

// shownRoom is a room as it is shown alone.
type shownRoom struct {
	Room     string            `json:"room"`
	Epoch    string            `json:"epoch"`
	First    uint64            `json:"first"`
	Head     uint64            `json:"head"`
	Settings protocol.Settings `json:"settings"`
	Roles    []protocol.Member `json:"roles"`
	Present  int               `json:"present"`
	Readers  int               `json:"readers"`
	Hooks    json.RawMessage   `json:"hooks"`
	Bans     json.RawMessage   `json:"bans"`
}

// listIn returns the list with a name in an answer of the protocol, which writes times as the
// protocol does.
func listIn(name string, answer any) json.RawMessage {
	body, err := json.Marshal(answer)
	var fields map[string]json.RawMessage
	if err == nil {
		err = json.Unmarshal(body, &fields)
	}
	if err != nil {
		panic("httpapi: an answer of the protocol can't be encoded: " + err.Error())
	}
	return fields[name]
}

func (a *Admin) showRoom(w http.ResponseWriter, r *http.Request, code room.Code) error {
	p, v, err := a.Rooms.Inspect(r.Context(), code)
	if err != nil {
		return err
	}
	defer p.Leave()
	answer(w, shownRoom{
		Room: p.Room(), Epoch: v.Epoch, First: v.First, Head: v.Head, Settings: v.Settings, Roles: v.Roles, Present: v.Present, Readers: v.Readers,
		Hooks: listIn("hooks", protocol.Hooks{Hooks: v.Hooks}), Bans: listIn("bans", protocol.Bans{Bans: v.Bans}),
	})
	return nil
}

// readRoom answers with a page of the log. Nobody in the room is told.
func (a *Admin) readRoom(w http.ResponseWriter, r *http.Request, code room.Code) error {
	query := r.URL.Query()
	number := func(name string, otherwise, most uint64) (uint64, error) {
		text := query.Get(name)
		if text == "" {
			return otherwise, nil
		}
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil || n < 1 || n > most {
			return 0, protocol.Errorf(protocol.BadField, "%s is %q: a whole number from 1 to %d", name, text, most)
		}
		return n, nil
	}
	before, err := number("before", protocol.MaxSeq, protocol.MaxSeq)
	if err != nil {
		return err
	}
	limit, err := number("limit", protocol.DefaultPage, protocol.MaxPage)
	if err != nil {
		return err
	}
	p, v, err := a.Rooms.Inspect(r.Context(), code)
	if err != nil {
		return err
	}
	defer p.Leave()
	page, err := p.ReadBefore(r.Context(), before, int(limit))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(protocol.AppendPage(nil, protocol.Page{Epoch: v.Epoch, First: v.First, Head: v.Head, Events: page.Events, More: page.More})) // the client may be gone
	return nil
}

func (a *Admin) exportRoom(w http.ResponseWriter, r *http.Request, code room.Code) error {
	format, err := archive.ParseFormat(r.URL.Query().Get("format"))
	if err != nil {
		return protocol.Errorf(protocol.BadField, "%s", err)
	}
	p, v, err := a.Rooms.Inspect(r.Context(), code)
	if err != nil {
		return err
	}
	defer p.Leave()
	if err := p.MayExport(r.Context()); err != nil { // which waits for what other nodes have confirmed
		return err
	}
	now := time.Now()
	archive.SetHeaders(w.Header(), p.Room(), format, now)
	if r.Method == http.MethodHead {
		return nil
	}
	about := archive.Room{Code: p.Room(), Name: v.Settings.Name}
	about.Epoch, about.First, about.Head = p.Position()
	err = archive.Write(r.Context(), w, format, about, p, now, r.Context().Err)
	if err != nil && r.Context().Err() == nil {
		a.Log.Warn("an export broke off", "room", about.Code, "err", err) // the file says so, too
	}
	a.audit(r, "export", about.Code, "events", about.Head+1-about.First)
	return nil
}
