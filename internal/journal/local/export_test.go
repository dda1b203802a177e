package local

// OpenWithClock is Open with another system's clock.
var OpenWithClock = open
