// Command centrifuge is a chat server with Centrifuge, the library of Centrifugo. Its own
// protocol isn't the plain dialect, so its clients are unidirectional: a transport writes
// each push as a frame, and all pushes that it gets at once in one write. Clients send
// messages in the plain dialect, which the server publishes.
package main

import (
	"context"
	"flag"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/centrifugal/centrifuge"
	"github.com/gorilla/websocket"

	"snug/bench/peers/peer"
	frames "snug/internal/websocket"
)

// transport is a WebSocket connection for pushes.
type transport struct{ conn net.Conn }

func (*transport) Name() string                                { return "plain" }
func (*transport) AcceptProtocol() string                      { return "h1" }
func (*transport) Protocol() centrifuge.ProtocolType           { return centrifuge.ProtocolTypeJSON }
func (*transport) ProtocolVersion() centrifuge.ProtocolVersion { return centrifuge.ProtocolVersion2 }
func (*transport) Unidirectional() bool                        { return true }
func (*transport) Emulation() bool                             { return false }
func (*transport) DisabledPushFlags() uint64                   { return centrifuge.PushFlagDisconnect }
func (*transport) PingPongConfig() centrifuge.PingPongConfig {
	return centrifuge.PingPongConfig{PingInterval: 25 * time.Second}
}

func (t *transport) Write(push []byte) error {
	_, err := t.conn.Write(frames.AppendFrame(nil, frames.OpText, push))
	return err
}

func (t *transport) WriteMany(pushes ...[]byte) error {
	var all []byte
	for _, push := range pushes {
		all = frames.AppendFrame(all, frames.OpText, push)
	}
	_, err := t.conn.Write(all)
	return err
}

func (t *transport) Close(centrifuge.Disconnect) error { return t.conn.Close() }

type roomKey struct{}

func main() {
	history := flag.Int("history", 0, "`messages` of each room to keep in memory")
	node, err := centrifuge.New(centrifuge.Config{LogLevel: centrifuge.LogLevelError})
	if err != nil {
		log.Fatal(err)
	}
	node.OnConnecting(func(ctx context.Context, _ centrifuge.ConnectEvent) (centrifuge.ConnectReply, error) {
		room := ctx.Value(roomKey{}).(string)
		return centrifuge.ConnectReply{
			Credentials: &centrifuge.Credentials{},
			Subscriptions: map[string]centrifuge.SubscribeOptions{
				room: {EnableRecovery: *history > 0, EnablePositioning: *history > 0},
			},
		}, nil
	})
	if err := node.Run(); err != nil {
		log.Fatal(err)
	}
	upgrader := websocket.Upgrader{ReadBufferSize: 1024, CheckOrigin: func(*http.Request) bool { return true }}
	peer.Serve(func(w http.ResponseWriter, q *http.Request) {
		conn, err := upgrader.Upgrade(w, q, nil)
		if err != nil {
			return
		}
		room := peer.Room(q)
		ctx := context.WithValue(context.Background(), roomKey{}, room)
		client, closeClient, err := centrifuge.NewClient(ctx, node, &transport{conn.NetConn()})
		if err != nil {
			conn.Close()
			return
		}
		client.Connect(centrifuge.ConnectRequest{})
		go func() {
			defer closeClient()
			for {
				_, frame, err := conn.ReadMessage()
				if err != nil {
					return
				}
				said, err := peer.Read(frame)
				if err != nil {
					continue
				}
				var keep []centrifuge.PublishOption
				if *history > 0 {
					keep = append(keep, centrifuge.WithHistory(*history, time.Hour))
				}
				if _, err := node.Publish(room, said, keep...); err != nil {
					return
				}
			}
		}()
	})
}
