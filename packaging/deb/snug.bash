complete -o default -o bashdefault -C /usr/bin/snug snug
