# Makes a table of the figures in what go test -v has said, and of what failed.
BEGIN { printf "%-38s %8s  %s\n", "case", "rounds", "seen" }
sub(/^=== ATTR +[^ ]+ figure /, "") { printf "%-38s %8d  %s\n", $1, $2, $3 }
/^--- FAIL/ { failed = failed "\n" $0 }
END { print failed }
