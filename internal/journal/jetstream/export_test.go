package jetstream

// OpenWithTimeout is Open with another time after which the outcome of a draft counts as
// unknown.
var OpenWithTimeout = open

// Alive returns how many nodes this one knows to be alive, with itself.
func (j *Journal) Alive() int { return j.keeper.nodes.alive(j.keeper.node) }
