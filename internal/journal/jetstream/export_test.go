package jetstream

// OpenWithTimeout is Open with another time after which the outcome of a draft counts as
// unknown.
var OpenWithTimeout = open
