// Package outbound is what the parts of the server share that send requests to servers that
// others have named: which addresses are connected to, when a failed request is tried again, and a
// queue of tasks for a bounded number of goroutines.
package outbound
