package main

import "snug/client"

// via says how to connect. It is the same for all commands that join a room.
type via struct {
	Transport client.Transport `enum:"websocket,http" default:"websocket" env:"SNUG_TRANSPORT" placeholder:"HOW" help:"How to connect: websocket, or http for networks that block WebSockets (${default}, ${env})."`
}
